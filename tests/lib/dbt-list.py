"""Answers many selections with one dbt: reads a JSON list of argument lists, writes a list of answers.

An answer is {"ids": [...]} or {"refused": "..."}. The project is parsed once.
"""

import contextlib
import io
import json
import sys

from dbt.cli.main import dbtRunner

project, requests, answers = sys.argv[1:4]
common = ["--project-dir", project, "--profiles-dir", project]


def invoke(runner, arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return runner.invoke(["--quiet", *arguments, *common])


parsed = invoke(dbtRunner(), ["parse"])
if not parsed.success:
    sys.exit(f"dbt parse failed: {parsed.exception}")
runner = dbtRunner(manifest=parsed.result)
found = []
with open(requests, encoding="utf-8") as file:
    for arguments in json.load(file):
        listed = invoke(runner, ["ls", "--output", "json", "--output-keys", "unique_id", *arguments])
        if listed.success:
            found.append({"ids": sorted(json.loads(line)["unique_id"] for line in listed.result)})
        else:
            found.append({"refused": str(listed.exception)})
with open(answers, "w", encoding="utf-8") as file:
    json.dump(found, file)
