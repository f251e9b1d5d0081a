"""An asset whose check is a suite of Tamiz; what is downstream waits for it.

Tamiz sees that a step of Dagster started it, and reports the check by itself. `--fail-on never` leaves it to the check to stop
what follows: a step that fails would report nothing.
"""

import os

import dagster as dg

PROJECT = os.environ.get("TAMIZ_PROJECT", "/opt/project")


@dg.asset(check_specs=[dg.AssetCheckSpec("ventas", asset="ventas", blocking=True)])
def ventas(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
    command = ["tamiz", "check", "rules/ventas.yaml", "--fail-on", "never"]
    return pipes.run(command=command, cwd=PROJECT, context=context).get_results()


@dg.asset(deps=[ventas])
def informe() -> None:
    """Made only of data that passed."""


defs = dg.Definitions(assets=[ventas, informe], resources={"pipes": dg.PipesSubprocessClient()})
