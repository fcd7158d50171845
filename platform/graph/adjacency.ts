/** Edges of a graph over numbers 0 to count-1, stored flat: 10,000 nodes take a few hundred kilobytes. */
export interface Adjacency {
  readonly count: number;
  readonly upstream: Neighbours;
  readonly downstream: Neighbours;
}

/** The neighbours of `i` are `targets` from `starts[i]` up to `starts[i + 1]`. */
export interface Neighbours {
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** Edges to a node itself and repeated ones are left out. */
export function buildAdjacency(count: number, upstreamOf: (node: number) => Iterable<number>): Adjacency {
  const lists: number[][] = [];
  const sizes = new Int32Array(count + 1);
  let edges = 0;
  for (let node = 0; node < count; node++) {
    const list = [...new Set(upstreamOf(node))].filter((target) => target !== node);
    lists.push(list);
    edges += list.length;
    for (const target of list) sizes[target + 1] = (sizes[target + 1] as number) + 1;
  }
  const upstream = { starts: new Int32Array(count + 1), targets: new Int32Array(edges) };
  const downstream = { starts: sizes, targets: new Int32Array(edges) };
  for (let node = 0; node < count; node++)
    sizes[node + 1] = (sizes[node + 1] as number) + (sizes[node] as number);
  const filled = sizes.slice();
  let at = 0;
  for (const [node, list] of lists.entries()) {
    upstream.starts[node] = at;
    for (const target of list) {
      upstream.targets[at++] = target;
      const slot = filled[target] as number;
      downstream.targets[slot] = node;
      filled[target] = slot + 1;
    }
  }
  upstream.starts[count] = at;
  return { count, upstream, downstream };
}

export function neighboursOf({ starts, targets }: Neighbours, node: number): Int32Array {
  return targets.subarray(starts[node], starts[node + 1]);
}

/** Adds to `marked` (1 is in) what can be reached from its members in at most `depth` steps. */
export function spread(neighbours: Neighbours, marked: Uint8Array, depth: number): Uint8Array {
  const reached = marked.slice();
  let front: number[] = [];
  for (let node = 0; node < reached.length; node++) if (reached[node] === 1) front.push(node);
  for (let step = 0; step < depth && front.length > 0; step++) {
    const next: number[] = [];
    for (const node of front) {
      for (const target of neighboursOf(neighbours, node)) {
        if (reached[target] === 1) continue;
        reached[target] = 1;
        next.push(target);
      }
    }
    front = next;
  }
  return reached;
}

/**
 * Every node after all that it depends on: level by level, and inside a level by number. Nodes on a cycle, and those
 * that depend on one, are missing.
 */
export function topologicalNumbers({ count, upstream, downstream }: Adjacency): number[] {
  const waiting = new Int32Array(count);
  const free: number[] = [];
  for (let node = 0; node < count; node++) {
    waiting[node] = neighboursOf(upstream, node).length;
    if (waiting[node] === 0) free.push(node);
  }
  const order: number[] = [];
  let level = free;
  while (level.length > 0) {
    const next: number[] = [];
    for (const node of level) {
      order.push(node);
      for (const target of neighboursOf(downstream, node)) {
        waiting[target] = (waiting[target] as number) - 1;
        if (waiting[target] === 0) next.push(target);
      }
    }
    level = next.sort((a, b) => a - b);
  }
  return order;
}

/** Nodes that all reach each other. */
export interface Cycle {
  /** One shortest way round from the lowest number: each depends on the next, the last on the first. */
  readonly way: readonly number[];
  readonly group: readonly number[];
  /** Edges without which the group has no cycle left. */
  readonly closing: readonly (readonly [node: number, upstream: number])[];
}

/** Every group of nodes that depend on each other, by its lowest number. */
export function findCycles(adjacency: Adjacency): Cycle[] {
  return stronglyConnected(adjacency)
    .map((members) => members.sort((a, b) => a - b))
    .sort((a, b) => (a[0] as number) - (b[0] as number))
    .map((group) => {
      const inside = new Set(group);
      const way = shortestWayBack(adjacency.upstream, group[0] as number, inside);
      return { way, group, closing: closingEdges(adjacency.upstream, group[0] as number, inside) };
    });
}

/** Edges that lead back onto the path on which a walk through the group stands. */
function closingEdges(
  neighbours: Neighbours,
  start: number,
  inside: ReadonlySet<number>,
): [number, number][] {
  const closing: [number, number][] = [];
  const seen = new Set([start]);
  const onPath = new Set([start]);
  const path = [{ node: start, edge: neighbours.starts[start] as number }];
  while (path.length > 0) {
    const place = path.at(-1) as { node: number; edge: number };
    if (place.edge >= (neighbours.starts[place.node + 1] as number)) {
      path.pop();
      onPath.delete(place.node);
      continue;
    }
    const target = neighbours.targets[place.edge++] as number;
    if (onPath.has(target)) closing.push([place.node, target]);
    if (!inside.has(target) || seen.has(target)) continue;
    seen.add(target);
    onPath.add(target);
    path.push({ node: target, edge: neighbours.starts[target] as number });
  }
  return closing;
}

function shortestWayBack(neighbours: Neighbours, start: number, inside: ReadonlySet<number>): number[] {
  const from = new Map<number, number>();
  let front = [start];
  while (front.length > 0) {
    const next: number[] = [];
    for (const node of front) {
      for (const target of neighboursOf(neighbours, node)) {
        if (target === start) return wayTo(node, start, from);
        if (!inside.has(target) || from.has(target)) continue;
        from.set(target, node);
        next.push(target);
      }
    }
    front = next;
  }
  return [start];
}

function wayTo(end: number, start: number, from: ReadonlyMap<number, number>): number[] {
  const way = [end];
  for (let node = end; node !== start; ) {
    node = from.get(node) as number;
    way.push(node);
  }
  return way.reverse();
}

/** Groups of two or more nodes that reach each other (Tarjan's algorithm, without recursion). */
function stronglyConnected({ count, upstream }: Adjacency): number[][] {
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack: number[] = [];
  const groups: number[][] = [];
  let visited = 0;
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    const path: { node: number; edge: number }[] = [{ node: root, edge: upstream.starts[root] as number }];
    while (path.length > 0) {
      const place = path.at(-1) as { node: number; edge: number };
      const { node } = place;
      if (order[node] === -1) {
        order[node] = visited;
        low[node] = visited++;
        stack.push(node);
        onStack[node] = 1;
      }
      if (place.edge < (upstream.starts[node + 1] as number)) {
        const target = upstream.targets[place.edge++] as number;
        if (order[target] === -1) path.push({ node: target, edge: upstream.starts[target] as number });
        else if (onStack[target] === 1) low[node] = Math.min(low[node] as number, order[target] as number);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
      if (low[node] !== order[node]) continue;
      const group: number[] = [];
      for (let member = -1; member !== node; ) {
        member = stack.pop() as number;
        onStack[member] = 0;
        group.push(member);
      }
      if (group.length > 1) groups.push(group);
    }
  }
  return groups;
}
