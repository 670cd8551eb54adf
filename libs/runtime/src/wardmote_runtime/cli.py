"""``wardmote``: one command for operators and scripts.

Each installed part adds its own words by the entry point group ``wardmote.commands``.
"""

from importlib.metadata import entry_points, version

import typer

GROUP = "wardmote.commands"


def main() -> None:
    """Gathers the words of the installed parts and runs the one that was given."""
    app = typer.Typer(help="Wardmote: reports of abuse of councillors and staff, from the form to the case.", no_args_is_help=True)

    @app.callback(invoke_without_command=True)
    def about(show_version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
        if show_version:
            typer.echo(version("wardmote-runtime"))
            raise typer.Exit

    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        word = entry.load()
        if isinstance(word, typer.Typer):
            app.add_typer(word, name=entry.name)
        else:
            app.command(entry.name)(word)
    app()
