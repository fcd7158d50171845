import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeOf } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";
import { jinjaExpressions, jinjaScope, jinjaTexts } from "./jinja-expressions.ts";

interface Rendered {
  readonly text?: string;
  readonly error?: string;
}

const script = new URL("./render-with-jinja2.py", import.meta.url).pathname;
const python = [".venv/bin/python", "python3"].find(canImportJinja);

const title =
  python === undefined
    ? "SKIPPED: no Python with jinja2 (.venv/bin/python or python3), so nothing was compared with real Jinja2"
    : "each expression and text";

if (python === undefined) {
  console.warn(title);
  test.skip(title, () => {});
} else {
  const scope = scopeOf(jinjaScope);
  const reference = renderWithJinja(python);

  test("more than 150 expressions are compared with real Jinja2", () => {
    expect(reference.expressions.length).toBeGreaterThan(150);
  });

  test.for(
    jinjaExpressions.map((text, index) => ({ text, jinja: reference.expressions[index] as Rendered })),
  )("`$text` is what Jinja2 makes of it", ({ text, jinja }) => {
    // Joined to a text, so that floats and booleans are compared in Python's spelling; null is not let into one.
    const isNull = render(`{{ (${text}) is none }}|`, scope).text === "True|";
    const ours = isNull ? { text: "None|" } : render(`{{ '' ~ (${text}) }}|`, scope);
    if (jinja.error === undefined) expect(ours).toEqual({ text: `${jinja.text}|` });
    else expect(ours.error, `Jinja2 refuses: ${jinja.error}`).toBeDefined();
  });

  test.for(jinjaTexts.map((text, index) => ({ text, jinja: reference.texts[index] as Rendered })))(
    "the text `$text` is rendered as Jinja2 does",
    ({ text, jinja }) => {
      expect(render(text, scope).text).toBe(jinja.text);
    },
  );
}

function render(text: string, scope: ReturnType<typeof scopeOf>): Rendered {
  try {
    return { text: String(evaluateTemplate(parseTemplate(text), scope)) };
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

function canImportJinja(command: string): boolean {
  if (command.includes("/") && !existsSync(command)) return false;
  return spawnSync(command, ["-c", "import jinja2"]).status === 0;
}

function renderWithJinja(command: string): { expressions: Rendered[]; texts: Rendered[] } {
  const input = JSON.stringify({ scope: jinjaScope, expressions: jinjaExpressions, texts: jinjaTexts });
  const { stdout, stderr, status } = spawnSync(command, [script], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`rendering with Jinja2 failed: ${stderr}`);
  return JSON.parse(stdout);
}
