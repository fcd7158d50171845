/** A stretch of time in which a zone's clocks run evenly. Milliseconds since 1970; `end` is exclusive. */
export interface ZoneSpell {
  readonly start: number;
  readonly end: number;
  /** Added to UTC it gives the time on the wall. */
  readonly offset: number;
}

// Before this, zones had the mean solar time of a city; nobody schedules there.
const earliest = Temporal.Instant.from("1800-01-01T00:00Z");

const zones = new Map<string, Zone>();

/** Whether the runtime knows the IANA name, such as `Asia/Seoul`; offsets such as `+09:00` are no names. */
export function isTimeZone(name: string): boolean {
  if (zones.has(name)) return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    earliest.toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** Throws RangeError for an unknown name. */
export function zoneNamed(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = new Zone(name);
    zones.set(name, zone);
  }
  return zone;
}

/** The spells of one time zone, looked up once and remembered. */
export class Zone {
  readonly name: string;
  readonly #spells: ZoneSpell[] = [];
  /** From here on the spells are not looked up yet; `undefined` when there are no further ones. */
  #next: Temporal.ZonedDateTime | undefined;

  constructor(name: string) {
    this.name = name;
    this.#next = earliest.toZonedDateTimeISO(name);
  }

  /** Index of the spell that holds `ms`. */
  indexAt(ms: number): number {
    const last = this.#spells.at(-1);
    if (last === undefined || last.end <= ms) this.#lookUpTo(ms);
    let low = 0;
    let high = this.#spells.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#spells[middle] as ZoneSpell).start <= ms) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** `undefined` before the first and after the last. */
  spell(index: number): ZoneSpell | undefined {
    const last = this.#spells.at(-1);
    if (index >= this.#spells.length && last !== undefined) this.#lookUpTo(last.end);
    return this.#spells[index];
  }

  offsetAt(ms: number): number {
    return (this.#spells[this.indexAt(ms)] as ZoneSpell).offset;
  }

  /**
   * The instant at which clocks show the wall time. In a gap, the first instant after it; of two, the first.
   */
  instantOf(wall: number): number {
    // No offset is a day long, so the wall time lies in a spell near this instant.
    let index = Math.max(0, this.indexAt(wall - 86_400_000) - 1);
    for (let spell = this.spell(index); spell !== undefined; spell = this.spell(++index)) {
      if (wall < spell.start + spell.offset) return spell.start;
      if (wall < spell.end + spell.offset) return wall - spell.offset;
    }
    throw new RangeError(`no instant for the wall time ${wall} in ${this.name}`);
  }

  /** Whether the wall time of `ms` has been shown once before, a moment ago. */
  isRepeated(ms: number): boolean {
    const index = this.indexAt(ms);
    const before = this.spell(index - 1);
    const spell = this.spell(index) as ZoneSpell;
    return before !== undefined && ms + spell.offset < before.end + before.offset;
  }

  #lookUpTo(ms: number): void {
    while (this.#next !== undefined && (this.#spells.at(-1)?.end ?? Number.NEGATIVE_INFINITY) <= ms) {
      const at: Temporal.ZonedDateTime = this.#next;
      const following = at.getTimeZoneTransition("next") ?? undefined;
      this.#spells.push({
        start: this.#spells.length === 0 ? Number.NEGATIVE_INFINITY : at.epochMilliseconds,
        end: following?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
        offset: at.offsetNanoseconds / 1_000_000,
      });
      this.#next = following;
    }
  }
}
