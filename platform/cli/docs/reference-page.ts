import type { ClassReference, FieldReference } from "./class-reference.ts";

/** The reference of all classes as one page that needs nothing from elsewhere. */
export function referencePage(classes: readonly ClassReference[]): string {
  const links = classes.map(
    ({ type, summary }) =>
      `<li><a href="#${idOf(type)}"><code>${html(type)}</code></a> ${prose(summary)}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Components</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Components</h1>
<ul class="classes">
${links.join("\n")}
</ul>
${classes.map(section).join("\n")}
</main>
</body>
</html>
`;
}

function section({ type, description, fields, example }: ClassReference): string {
  const rows = fields.map(row);
  const table =
    rows.length === 0
      ? "<p>It takes no attributes.</p>"
      : `<table>\n<thead><tr><th scope="col">Attribute</th><th scope="col">Takes</th><th scope="col">Meaning</th></tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table>`;
  const shown = example === undefined ? "" : `\n<h3>Example</h3>\n<pre><code>${html(example)}</code></pre>`;
  return `<section id="${idOf(type)}">\n<h2><code>${html(type)}</code></h2>\n<p>${prose(description)}</p>\n${table}${shown}\n</section>`;
}

function row({ path, kind, required, default: fallback, description = "" }: FieldReference): string {
  const notes = `${required ? " <strong>required</strong>" : ""}${fallback === undefined ? "" : ` default <code>${html(fallback)}</code>`}`;
  return `<tr><td><code>${html(path)}</code></td><td>${html(kind)}${notes}</td><td>${prose(description)}</td></tr>`;
}

/** Escaped, with what stands between backticks as code. */
function prose(text: string): string {
  return html(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function html(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Types hold dots and letters; anything else in them is made a dash. */
function idOf(type: string): string {
  return type.replace(/[^A-Za-z0-9_.-]/g, "-");
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
code, pre { font: 0.9em/1.45 ui-monospace, monospace; }
pre { padding: 0.75rem 1rem; overflow-x: auto; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 6px; }
section { margin-top: 3rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
.classes { padding-left: 1.2rem; }
`;
