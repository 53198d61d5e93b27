// Keeps the page up to date: takes the parts that the server sends, and changes in the page only what differs, so that
// what is open, typed or focused stays so. Without this script the page works all the same; it is just not live.
"use strict";

const live = document.getElementById("live");
const LOST_MS = 12000; // the server says something every five seconds
const AGAIN_MS = 2000;
let source = null, watch = null, again = null, ended = false;

function say(state, text) {
  if (live.className !== "live " + state) live.className = "live " + state;
  const told = live.querySelector(".live-text");
  if (told.textContent !== text) told.textContent = text;
}

// Make `old` like `fresh`, touching as little as possible.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE || old.hasAttribute("data-keep")) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  children(old, fresh);
}

function children(old, fresh) {
  const known = new Map([...old.children].filter((e) => e.id).map((e) => [e.id, e]));
  let at = old.firstChild;
  for (const node of [...fresh.childNodes]) {
    const same = node.id ? known.get(node.id) : null;
    if (same) {
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      morph(same, node);
    } else if (at && !at.id && !node.id && at.nodeName === node.nodeName) {
      const next = at.nextSibling;
      morph(at, node);
      at = next;
    } else {
      old.insertBefore(node, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

function take(event) {
  const part = JSON.parse(event.data);
  const old = document.getElementById(part.name);
  const fresh = parsed(part.html).body.firstElementChild;
  if (old && fresh) morph(old, fresh);
}

function pulse(event) {
  heard();
  const names = JSON.parse(event.data).endpoints;
  const shown = [...document.querySelectorAll("#endpoints a")].map((link) => link.textContent);
  if (names && names.join() !== shown.join()) location.reload(); // one came, or went
}

function heard() {
  say("on", "live");
  clearTimeout(watch);
  watch = setTimeout(lost, LOST_MS);
}

function lost() {
  if (ended || document.hidden) return;
  say("lost", "server lost, trying again");
  leave();
  again = setTimeout(follow, AGAIN_MS);
}

function leave() {
  clearTimeout(watch);
  clearTimeout(again);
  if (source) source.close();
  source = null;
}

function follow() {
  leave();
  if (ended) return;
  source = new EventSource(live.dataset.stream);
  source.addEventListener("part", take);
  source.addEventListener("pulse", pulse);
  source.addEventListener("ended", () => {
    ended = true;
    leave();
    say("lost", "signed out: everloop page gives a fresh link");
  });
  source.onerror = lost;
  watch = setTimeout(lost, LOST_MS);
}

// A page that nobody sees asks for nothing, and leaves its connection to others.
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : follow()));
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && follow());

// Decisions without loading the page anew; where that fails, the form goes the plain way.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.closest("#decide")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const fresh = parsed(await answer.text());
    if (!answer.ok || !fresh.getElementById("decide")) throw new Error("not a page");
    form.closest("details").open = false;
    form.reset();
    for (const name of ["notice", "state", "decide", "rollout"]) {
      const [old, node] = [document.getElementById(name), fresh.getElementById(name)];
      if (old && node) morph(old, node);
    }
    document.getElementById("main").focus({ preventScroll: true });
    document.getElementById("notice").scrollIntoView({ block: "nearest" });
  } catch {
    form.submit();
  }
  button.disabled = false;
});

// One decision is open at a time.
document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (!opened.open || !opened.matches(".action")) return;
  for (const other of document.querySelectorAll(".action[open]")) if (other !== opened) other.open = false;
  opened.querySelector("input[name=reason]").focus();
}, true);

// What a point of the picture says, also where a finger has no hover.
for (const kind of ["pointerover", "click"]) {
  document.addEventListener(kind, (event) => {
    const told = event.target.closest?.("[data-tip]");
    const tip = document.getElementById("quality-tip");
    if (told && tip) tip.textContent = told.dataset.tip;
  });
}

if (live) follow();
