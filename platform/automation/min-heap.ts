/** Numbers with a value each, the least first. */
export class MinHeap<Value> {
  readonly #items: { readonly rank: number; readonly value: Value }[] = [];

  get first(): { readonly rank: number; readonly value: Value } | undefined {
    return this.#items[0];
  }

  push(rank: number, value: Value): void {
    const items = this.#items;
    let at = items.length;
    items.push({ rank, value });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#rank(parent) <= rank) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Value | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first?.value;
    items[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < items.length && this.#rank(child) < this.#rank(least)) least = child;
      if (least === at) return first.value;
      this.#swap(at, least);
      at = least;
    }
  }

  #rank(at: number): number {
    return (this.#items[at] as { readonly rank: number }).rank;
  }

  #swap(a: number, b: number): void {
    const one = this.#items[a] as { readonly rank: number; readonly value: Value };
    this.#items[a] = this.#items[b] as { readonly rank: number; readonly value: Value };
    this.#items[b] = one;
  }
}
