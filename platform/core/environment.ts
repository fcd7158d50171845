/** A named rule over variables: the first whose `when` holds is the environment. */
export interface EnvironmentRule {
  readonly name: string;
  /** Variables that must have exactly these values; absent matches always. */
  readonly when?: { readonly [variable: string]: string };
  /** Folders below the project with definitions of this environment, instead of the project's. */
  readonly defs?:
    | string
    | readonly string[]
    | { readonly add?: readonly string[]; readonly leave_out?: readonly string[] };
  /** Put in front of every asset key. */
  readonly key_prefix?: string;
}

/** What a project says of one variable. */
export interface VariableRule {
  readonly secret?: boolean;
  /** Environments in which a missing value is an error. */
  readonly required_in?: readonly string[];
  readonly description?: string;
  readonly default?: string;
}

const secretName = /_(PASSWORD|SECRET|TOKEN|KEY|URL)$/;

/** Secret is what its rule says, else what is named like one. */
export function isSecretVariable(name: string, rule: VariableRule | undefined): boolean {
  return rule?.secret ?? secretName.test(name);
}
