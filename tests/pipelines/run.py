"""Runs the examples of pipelines with the real tools, installed from PyPI, on data that are good, bad, missing and refused.

    run.py airflow|dagster|prefect|pre-commit FOLDER PROGRAM

FOLDER is where the tool is installed, once; PROGRAM is tamiz. Exits 0 if each example did what it says.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "pipelines"
PACKAGES = {
    "airflow": [
        "apache-airflow==3.3.2",
        "apache-airflow-providers-standard==1.21.0",
        "apache-airflow-providers-cncf-kubernetes",
    ],
    "dagster": ["dagster==1.13.29"],
    # Prefect asks FastAPI for what newer ones have dropped.
    "prefect": ["prefect>=3,<4", "fastapi<0.116"],
    "pre-commit": ["pre-commit>=4.4,<5"],
}
SUITE = """\
tamiz: 1
suite: ventas
datasets:
  ventas:
    source: ventas.csv
    if_missing: {if_missing}
    columns:
      id: {{type: integer, expect: [not_null, unique]}}
"""
DATA = {"good": "id\n1\n2\n", "bad": "id\n1\n1\n", "missing": None, "refused": None}


def project(folder: Path, state: str) -> Path:
    """A project whose data are in a state; `refused` are missing where they may not be."""
    home = folder / state
    (home / "rules").mkdir(parents=True)
    if_missing = "error" if state == "refused" else "skip"
    (home / "rules" / "ventas.yaml").write_text(SUITE.format(if_missing=if_missing))
    if DATA[state] is not None:
        (home / "rules" / "ventas.csv").write_text(DATA[state])
    return home


def install(tool: str, folder: Path) -> Path:
    """The Python that has the tool."""
    home, wanted = folder / tool, "\n".join(PACKAGES[tool])
    python, stamp = home / "bin" / "python", home / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES[tool]], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return python


def run(python: Path, script: str, program: Path, home: Path, **more: str) -> dict:
    """What a script prints last, a line of JSON."""
    path = f"{program.parent}{os.pathsep}{python.parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "TAMIZ_PROJECT": str(home), "TAMIZ_RETRY_SECONDS": "0", **more}
    ran = subprocess.run([python, "-c", script], env=env, cwd=home, stdout=subprocess.PIPE, text=True, timeout=900)
    assert ran.returncode == 0, ran.stdout
    return json.loads(ran.stdout.strip().splitlines()[-1])


AIRFLOW = """
import importlib, json, sys
sys.path.insert(0, {examples!r})
module = importlib.import_module({name!r})
from airflow.sdk import DAG
dag = next(value for value in [*vars(module).values(), *DAGS] if isinstance(value, DAG))
run = dag.test()
told = {{task.task_id: [str(task.state), task.try_number] for task in run.get_task_instances()}}
print()
print(json.dumps(told))
"""


def airflow(python: Path, program: Path, folder: Path) -> None:
    homes = {state: project(folder, state) for state in DATA}
    env = {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }
    (folder / "dags").mkdir()
    for name in ("airflow_bash.py", "airflow_task.py"):
        shutil.copy(EXAMPLES / name, folder / "dags" / name)
    migrate = [python, "-m", "airflow", "db", "migrate"]
    subprocess.run(migrate, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wanted = {
        "airflow_bash": {
            "good": ("success", "success"),
            "bad": ("failed", "upstream_failed"),
            "missing": ("skipped", "skipped"),
            "refused": ("failed", "upstream_failed"),
        },
        "airflow_task": {
            "good": ("success", "success"),
            "bad": ("failed", "upstream_failed"),
            "missing": ("skipped", "skipped"),
            "refused": ("failed", "upstream_failed"),
        },
    }
    for name, states in wanted.items():
        for state, (check, load) in states.items():
            # A dag that is made by a function is found where it was made.
            script = "from airflow.sdk import DAG\nDAGS = []\nmade = DAG.__exit__\n" + (
                "def leave(self, *rest):\n    DAGS.append(self)\n    return made(self, *rest)\nDAG.__exit__ = leave\n"
            )
            script += AIRFLOW.format(examples=str(folder / "dags"), name=name)
            told = run(python, script, program, homes[state], **env)
            found = (told["check"][0].split(".")[-1].lower(), told["load"][0].split(".")[-1].lower())
            assert found == (check, load), (name, state, told)
    script = f"import sys\nsys.path.insert(0, {str(EXAMPLES)!r})\nimport airflow_kubernetes as it\n" + (
        "import json\nprint()\nprint(json.dumps([it.check.task_id, it.check.skip_on_exit_code]))"
    )
    assert run(python, script, program, homes["good"], **env) == ["check", [99]]


DAGSTER = """
import json, sys
sys.path.insert(0, {examples!r})
import dagster as dg
import dagster_checks as it
with dg.DagsterInstance.ephemeral() as instance:
    job = it.defs.resolve_implicit_global_asset_job_def() if hasattr(it.defs, "resolve_implicit_global_asset_job_def") else (
        it.defs.get_implicit_global_asset_job_def())
    ran = job.execute_in_process(instance=instance, raise_on_error=False)
    checks = [event.asset_check_evaluation_data for event in ran.all_events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    steps = [event.step_key for event in ran.all_events if event.event_type_value == "STEP_SUCCESS"]
print()
print(json.dumps({{
    "checks": [[check.check_name, check.passed, check.severity.value, check.metadata["exit_code"].value] for check in checks],
    "steps": steps,
}}))
"""


def dagster(python: Path, program: Path, folder: Path) -> None:
    wanted = {
        "good": ([["ventas", True, "WARN", 0]], True),
        "bad": ([["ventas", False, "ERROR", 0]], False),
    }
    for state, (checks, downstream) in wanted.items():
        told = run(python, DAGSTER.format(examples=str(EXAMPLES)), program, project(folder, state))
        assert ("informe" in told["steps"]) == downstream, (state, told)
        assert told["checks"] == checks, (state, told)


PREFECT = """
import json, sys
sys.path.insert(0, {examples!r})
from prefect.testing.utilities import prefect_test_harness
import prefect_flow as it
with prefect_test_harness():
    state = it.ventas(return_state=True)
print()
print(json.dumps(state.type.value))
"""


def prefect(python: Path, program: Path, folder: Path) -> None:
    for state, wanted in {"good": "COMPLETED", "bad": "FAILED", "refused": "FAILED"}.items():
        told = run(python, PREFECT.format(examples=str(EXAMPLES)), program, project(folder, state), PREFECT_HOME=str(folder))
        assert told == wanted, (state, told)


def pre_commit(python: Path, program: Path, folder: Path) -> None:
    tool = python.with_name("pre-commit")
    subprocess.run([tool, "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], check=True)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    for state, wanted in {"good": 0, "bad": 1}.items():
        home = project(folder, state)
        hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
        # The program that is under test, not one that is built from the repository.
        local = hooks.replace("language: rust", "language: unsupported").replace("\n", "\n      ").rstrip()
        (home / ".pre-commit-config.yaml").write_text("repos:\n  - repo: local\n    hooks:\n      " + local + "\n")
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "a"]):
            subprocess.run([*git, *command], cwd=home, check=True, stdout=subprocess.DEVNULL)
        env = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(folder / "home")}
        lint = subprocess.run([tool, "run", "tamiz-lint", "--all-files"], cwd=home, env=env, stdout=sys.stderr)
        assert lint.returncode == 0, state
        check = [tool, "run", "tamiz-check", "--all-files", "--hook-stage", "pre-push"]
        ran = subprocess.run(check, cwd=home, env=env, stdout=sys.stderr)
        assert ran.returncode == wanted, (state, ran.returncode)


if __name__ == "__main__":
    tool, folder, program = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    python = install(tool, folder)
    with tempfile.TemporaryDirectory() as place:
        {"airflow": airflow, "dagster": dagster, "prefect": prefect, "pre-commit": pre_commit}[tool](
            python, program, Path(place)
        )
