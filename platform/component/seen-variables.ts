type Variables = { readonly [name: string]: string | undefined };

/** Variables that note which of them are asked for. */
export class SeenVariables {
  readonly #names = new Set<string>();
  #isWhole = false;
  /** To be read in place of the variables themselves. */
  readonly variables: Variables;

  constructor(variables: Variables) {
    const note = (name: string | symbol): void => {
      if (typeof name === "string") this.#names.add(name);
    };
    this.variables = new Proxy(variables, {
      get: (target, name) => {
        note(name);
        return Reflect.get(target, name);
      },
      has: (target, name) => {
        note(name);
        return Reflect.has(target, name);
      },
      getOwnPropertyDescriptor: (target, name) => {
        note(name);
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
      ownKeys: (target) => {
        this.#isWhole = true;
        return Reflect.ownKeys(target);
      },
    });
  }

  /** Sorted; nothing where all were asked for at once, so that a new one could matter. */
  names(): string[] | undefined {
    return this.#isWhole ? undefined : [...this.#names].sort();
  }

  forget(): void {
    this.#names.clear();
    this.#isWhole = false;
  }
}
