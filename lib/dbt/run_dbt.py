"""Calls dbt for dop.

`python run_dbt.py once FILE` calls it once with the arguments in a JSON file, which may be longer than a command line.
`python run_dbt.py serve` loads dbt and reads requests `{"args": [...], "env": {...}, "cwd": "..."}` from standard input,
one a line. dbt's own output comes as it is; the line `{"dop_exit": CODE}` ends the answer to each request.
"""

import json
import os
import sys


def call(arguments):
    """The exit code that the dbt command would have."""
    from dbt.cli.main import cli

    try:
        cli.main(args=arguments, prog_name="dbt", standalone_mode=False)
        return 0
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except BaseException as error:
        code = getattr(error, "exit_code", None)
        if not hasattr(error, "exit_code"):
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        elif getattr(error, "message", None):
            print(error.message, file=sys.stderr)
        return code if isinstance(code, int) else 2


def forget():
    """Lets go of connections and loggers of the call before."""
    from dbt.adapters.factory import reset_adapters

    reset_adapters()


def serve():
    import dbt.cli.main  # noqa: F401  What takes seconds to load is ready for the first request.

    print(json.dumps({"dop_ready": True}), flush=True)
    before = dict(os.environ)
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.clear()
        os.environ.update(before)
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        code = call(request["args"])
        sys.stdout.flush()
        sys.stderr.flush()
        print("\n" + json.dumps({"dop_exit": code}), flush=True)
        forget()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        with open(sys.argv[2], encoding="utf8") as file:
            sys.exit(call(json.load(file)))
