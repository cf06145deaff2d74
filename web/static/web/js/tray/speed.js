// How fast bytes go, over the last seconds.
const OVER = 8000; // milliseconds
const LEAST = 1000; // milliseconds, before which nobody can tell

export class Speed {
  #moments = []; // [when, bytes so far]

  /** Note how many bytes have gone so far. */
  note(bytes) {
    const now = performance.now();
    const last = this.#moments.at(-1);
    if (last && bytes < last[1]) this.#moments = []; // something was given up
    this.#moments.push([now, bytes]);
    while (this.#moments.length > 2 && now - this.#moments[0][0] > OVER) this.#moments.shift();
  }

  /** Return bytes per second; 0 while nobody can tell. */
  get now() {
    if (this.#moments.length < 2) return 0;
    const [[began, before], [ended, after]] = [this.#moments[0], this.#moments.at(-1)];
    return ended - began < LEAST ? 0 : ((after - before) / (ended - began)) * 1000;
  }

  forget() {
    this.#moments = [];
  }
}
