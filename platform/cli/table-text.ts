import { showText, textWidth } from "../core/display-text.ts";

/** Rows below a heading, columns aligned by what they take on the screen; a row's line ends are shown as blanks. */
export function tableText(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [heading.map((word) => word.toUpperCase()), ...rows.map((row) => row.map(onOneLine))];
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => textWidth(row[column] ?? ""))));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell + " ".repeat((widths[column] as number) - textWidth(cell)),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function onOneLine(cell: string): string {
  return showText(cell.replace(/\s*\n\s*/g, " "));
}
