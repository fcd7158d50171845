// dbt, Sling and what Python scripts use in `.venv`, where Python and its package index are within reach. Nothing of
// dop needs them; what would use them shows `needs_tool` without.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { runQuietly } from "./run-quietly.js";

/**
 * `binary` is where a wheel keeps the executable, below site-packages; it is linked under the tool's name. A tool with
 * `module` is one that scripts import.
 */
/** @typedef {{ name: string, requirements: readonly string[], binary?: string, module?: string, unavailable?: string }} Tool */
/** @typedef {{ venv: string, wanted: readonly Tool[], skipped: Record<string, string> }} Stamp */
/** @typedef {(line: string) => void} Tell */

const oldestPython = [3, 10];

/** By platform and processor: the wheels that hold Sling's executable; those without one download it when used. */
const slingWheels = /** @type {Record<string, string>} */ ({
  "linux-x64": "sling-linux-amd64==1.4.11",
  "linux-arm64": "sling-linux-arm64==1.4.11",
  "darwin-arm64": "sling-mac-arm64==1.4.10.post2",
});

/** @returns {readonly Tool[]} */
function tools() {
  // DuckDB is the engine's own version, so that both read the same database files.
  const dbt = {
    name: "dbt",
    requirements: ["dbt-core==1.11.16", "dbt-duckdb==1.11.1", "dbt-postgres==1.11.0", "duckdb==1.5.5"],
  };
  const all = [dbt, sling(), ...modules, ...emulators];
  return process.env["DOP_REQUIRE_TOOLS"] === "1" ? [...all, spark] : all;
}

/** Takes 850 MB with what it needs, so only who runs all tests gets it. @type {Tool} */
const spark = { name: "pyspark", requirements: ["pyspark==4.3.0"], module: "pyspark" };

/** Stand-ins for S3 and Google Cloud Storage in tests; nobody else needs them. @type {readonly Tool[]} */
const emulators = [
  { name: "moto_server", requirements: ["moto[server]==5.2.5"] },
  { name: "gcp-storage-emulator", requirements: ["gcp-storage-emulator==2026.7.19"] },
];

/** @type {readonly Tool[]} */
const modules = [
  { name: "dagster-pipes", requirements: ["dagster-pipes==1.13.28"], module: "dagster_pipes" },
  {
    name: "pandas",
    requirements: ["pandas==3.1.1; python_version >= '3.11'", "pandas==2.3.3; python_version < '3.11'"],
    module: "pandas",
  },
];

/** @returns {Tool} */
function sling() {
  const place = `${process.platform}-${process.arch}`;
  const wheel = slingWheels[place];
  if (wheel === undefined) return { name: "sling", requirements: [], unavailable: `no wheel for ${place}` };
  const name = wheel.replace(/==.*/, "");
  return { name: "sling", requirements: [wheel], binary: `${name.replaceAll("-", "_")}/bin/${name}` };
}

/**
 * Never throws: what cannot be had is told with its reason, remembered, and only tried anew with `again`.
 *
 * @param {string} root
 * @param {{ again: boolean, tell: Tell }} options
 */
export async function syncPythonTools(root, { again, tell }) {
  const venv = join(root, ".venv");
  const wanted = tools();
  const stampFile = join(root, ".dop", "sync.json");
  const last = readStamp(stampFile);
  const isCurrent = last?.venv === venv && JSON.stringify(last.wanted) === JSON.stringify(wanted);
  // Scripts in a venv hold its path, so a moved checkout needs a new one.
  if (last !== undefined && last.venv !== venv) rmSync(venv, { recursive: true, force: true });
  const missing = wanted.filter((tool) => !isCurrent || !isInstalled(venv, tool));
  const remembered = isCurrent && !again ? last.skipped : {};
  const untried = missing.filter(({ name }) => !(name in remembered));
  const skipped =
    untried.length > 0 ? { ...remembered, ...(await install(venv, untried, tell)) } : remembered;
  for (const { name } of missing) {
    if (name in skipped) tell(`without ${name}: ${skipped[name]} (\`just sync\` tries again)`);
  }
  if (untried.length > 0) writeStamp(stampFile, { venv, wanted, skipped });
}

/**
 * Reasons by the name of each tool that could not be installed.
 *
 * @param {string} venv
 * @param {readonly Tool[]} wanted
 * @param {Tell} tell
 */
async function install(venv, wanted, tell) {
  /** @type {Record<string, string>} */
  const skipped = {};
  const available = wanted.filter(({ name, unavailable }) => {
    if (unavailable !== undefined) skipped[name] = unavailable;
    return unavailable === undefined;
  });
  if (available.length === 0) return skipped;
  tell(`installing ${available.map(({ name }) => name).join(", ")} into .venv …`);
  const obstacle = await createVenv(venv);
  for (const tool of available) {
    const reason = obstacle ?? (await installTool(venv, tool, tell));
    if (reason !== undefined) skipped[tool.name] = reason;
  }
  return skipped;
}

/** The reason why there is none, else nothing. @param {string} venv */
async function createVenv(venv) {
  if (existsSync(binOf(venv, "pip"))) return undefined;
  const python = await findPython();
  if (python === undefined) return `Python ${oldestPython.join(".")} or newer is not installed`;
  rmSync(venv, { recursive: true, force: true });
  const { code, output } = await runQuietly(python, ["-m", "venv", venv]);
  if (code === 0) return undefined;
  rmSync(venv, { recursive: true, force: true });
  if (/ensurepip|No module named '?venv/.test(output)) {
    return "Python comes without its venv module (on Debian: apt install python3-venv)";
  }
  return `${python} -m venv failed: ${lastLine(output)}`;
}

async function findPython() {
  const check = `import sys; sys.exit(sys.version_info < (${oldestPython.join(", ")}))`;
  const newest = Array.from({ length: 5 }, (_, index) => `python3.${14 - index}`);
  for (const name of ["python3", "python", ...newest, "py"]) {
    if ((await runQuietly(name, ["-c", check])).code === 0) return name;
  }
  return undefined;
}

/**
 * @param {string} venv
 * @param {Tool} tool
 * @param {Tell} tell
 */
async function installTool(venv, { name, requirements, binary }, tell) {
  const pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "1", "--timeout", "20"];
  const args = [...pip, "install", "--quiet", "--prefer-binary", ...requirements];
  const { code, output, seconds } = await runQuietly(binOf(venv, "python"), args);
  if (code !== 0) return reasonOf(output);
  if (binary !== undefined) {
    const found = findInstalled(venv, binary);
    if (found === undefined) return `${requirements.join(" ")} holds no executable`;
    rmSync(binOf(venv, name), { force: true });
    symlinkSync(found, binOf(venv, name));
  }
  tell(`${name} installed in ${seconds} s`);
  return undefined;
}

/**
 * @param {string} venv
 * @param {Tool} tool
 */
function isInstalled(venv, { name, module }) {
  return module === undefined ? existsSync(binOf(venv, name)) : findInstalled(venv, module) !== undefined;
}

/**
 * @param {string} venv
 * @param {string} path
 */
function findInstalled(venv, path) {
  const lib = join(venv, process.platform === "win32" ? "Lib" : "lib");
  if (!existsSync(lib)) return undefined;
  const folders = process.platform === "win32" ? ["."] : readdirSync(lib);
  const files = folders.map((python) => join(lib, python, "site-packages", path));
  return files.find((file) => existsSync(file));
}

/** @param {string} output */
function reasonOf(output) {
  const unreachable = /Connection|Temporary failure|timed out|Proxy|SSLError|from versions: none/;
  if (unreachable.test(output)) return "Python's package index is out of reach";
  const error = output.split("\n").findLast((line) => line.startsWith("ERROR:"));
  return `pip failed: ${error?.replace("ERROR: ", "") ?? lastLine(output)}`;
}

/** @param {string} output */
function lastLine(output) {
  return output.split("\n").at(-1) || "it said nothing";
}

/**
 * @param {string} venv
 * @param {string} name
 */
function binOf(venv, name) {
  return process.platform === "win32" ? join(venv, "Scripts", `${name}.exe`) : join(venv, "bin", name);
}

/**
 * @param {string} file
 * @returns {Stamp | undefined}
 */
function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @param {Stamp} stamp
 */
function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(stamp, null, 2)}\n`);
}
