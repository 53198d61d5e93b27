-- wrk: sends the bodies of a file in turn
local bodies, turn = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    bodies[#bodies + 1] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, line)
  end
end
function request()
  turn = turn % #bodies + 1
  return bodies[turn]
end
