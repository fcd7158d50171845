"""Renders templates with Jinja2: reads {"scope", "expressions", "texts"} and writes one result for each."""
import json
import sys

import jinja2
import jinja2.runtime


def plain(value):
    if isinstance(value, jinja2.Undefined):
        str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or (hasattr(value, "__iter__") and not isinstance(value, str)):
        return [plain(item) for item in value]
    return value


def attempt(run):
    try:
        return {"text": run()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    asked = json.load(sys.stdin)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True}

    def expression(text):
        value = environment.compile_expression(text, undefined_to_none=False)(**asked["scope"])
        return str(plain(value))

    json.dump(
        {
            "expressions": [attempt(lambda: expression(text)) for text in asked["expressions"]],
            "texts": [attempt(lambda: environment.from_string(text).render(**asked["scope"])) for text in asked["texts"]],
        },
        sys.stdout,
    )


main()
