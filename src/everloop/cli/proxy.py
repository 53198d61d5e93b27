"""`everloop proxy`."""

from typing import Annotated, Literal

import typer

from everloop.cli.show import Folder


def proxy(
    upstream: Annotated[str, typer.Option("--upstream", help="Where the model is served: http://host:port.")],
    endpoint: Annotated[str, typer.Option("--endpoint", help="What it is called here.")],
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where callers find the proxy.")
    ] = 8082,
    path: Annotated[
        str, typer.Option("--path", help="Read only requests to this path; `*` at its end: any rest.")
    ] = "",
    form: Annotated[
        Literal["auto", "v1", "v2", "mlflow", "sagemaker", "csv"],
        typer.Option("--format", help="How rows and answers are written."),
    ] = "auto",
    inputs: Annotated[
        str, typer.Option("--inputs", help="The member of the request that holds the rows; `.`: all of it.")
    ] = "",
    outputs: Annotated[
        str, typer.Option("--outputs", help="The member of the answer that holds the answers.")
    ] = "",
    id_header: Annotated[str, typer.Option("--id-header", help="A header with the caller's own id.")] = "",
    id_field: Annotated[str, typer.Option("--id-field", help="A member with the callers' own ids.")] = "",
    upstream_host: Annotated[
        str, typer.Option("--upstream-host", help="Send this as `Host` instead of the caller's.")
    ] = "",
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=3600, help="Seconds of silence before a 504.")
    ] = 60.0,
    folder: Folder = ".",
) -> None:
    """Stand in front of a model served elsewhere: pass everything through, and capture its answers."""
    from pathlib import Path

    from everloop.serving.proxy.config import ProxyConfig, Reading, Upstream
    from everloop.serving.proxy.process import run_proxy
    from everloop.serving.stderr_log import log_to_stderr
    from everloop.workspace.project import project

    _, settings, layout = project(Path(folder))
    log_to_stderr()
    config = ProxyConfig(
        layout=layout,
        endpoint=endpoint,
        upstream=Upstream.of(upstream),
        host=settings.serving.host,
        port=port,
        reading=Reading(
            format=form, path=path, inputs=inputs, outputs=outputs, id_header=id_header, id_field=id_field
        ),
        serving=settings.serving,
        answer_s=timeout,
        upstream_host=upstream_host,
    )

    def announce(url: str) -> None:
        typer.echo(
            f"Everything at {url} goes to {config.upstream}; rows and answers are captured for {endpoint}."
        )

    raise typer.Exit(run_proxy(config, announce))
