import { didYouMean } from "../../core/suggest.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";

export const problem = command({
  name: "problem",
  summary: "Explain a problem code, or list all of them",
  arguments: { code: { summary: "Code as it stands in brackets, such as `unknown-attribute`" } },
  async run({ code }, { print }) {
    const { readProblemPages } = await import("../problem-pages.ts");
    const pages = readProblemPages();
    if (code === undefined) {
      const { tableText } = await import("../table-text.ts");
      print(
        tableText(
          ["code", "meaning"],
          [...pages.values()].map((page) => [page.code, page.summary]),
        ),
      );
      return 0;
    }
    const page = pages.get(code.replace(/^.*\[|\]$/g, ""));
    if (page === undefined) {
      throw new CommandError(
        `there is no problem code \`${code}\``,
        didYouMean(code, pages.keys()) ?? "`dop problem` lists all",
      );
    }
    print(`${page.code}\n\n${page.text}`);
    return 0;
  },
});
