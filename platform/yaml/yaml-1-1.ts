const octal = /^[-+]?0[0-7_]+$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const underscored = /^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|0x[0-9a-fA-F_]+|0b[01_]+)$/;
const binary = /^[-+]?0b[01_]+$/;
const words = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;

/** What YAML 1.1 takes a plain scalar for where 1.2 reads something else: `NO`, `012`, `12:30`, `1_000`. */
export function yaml11Meaning(source: string): string | undefined {
  const first = source.charCodeAt(0);
  const digitOrSign = (first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b;
  if (digitOrSign) {
    if (source.length > 1 && octal.test(source) && source !== "00") return "an octal number";
    if (source.includes(":") && sexagesimal.test(source)) return "a number in base 60";
    if (source.includes("_") && underscored.test(source)) return "a number";
    if (source.includes("b") && binary.test(source)) return "a binary number";
    return undefined;
  }
  return source.length <= 3 && words.test(source) ? "a boolean" : undefined;
}
