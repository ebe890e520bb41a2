// Numbers that look random and are the same for the same seed: sfc32, so that a case can be made again from its name.
'use strict';

class Random {
  constructor(...seeds) {
    this.state = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
    seeds.forEach((seed, i) => (this.state[i % 3] ^= Math.imul(Number(seed) + 1, 0x85ebca6b)));
    for (let i = 0; i < 16; i++) this.next();
  }
  next() {
    const s = this.state;
    const t = (s[0] + s[1] + s[3]) | 0;
    s[3] = (s[3] + 1) | 0;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = (s[2] + (s[2] << 3)) | 0;
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + t;
    return t >>> 0;
  }
  below(bound) {
    return Math.floor((this.next() / 4294967296) * bound);
  }
  between(least, most) {
    return least + this.below(most - least + 1);
  }
  chance(percent) {
    return this.below(1000) < percent * 10;
  }
  pick(list) {
    return list[this.below(list.length)];
  }
  some(list, percent) {
    return list.filter(() => this.chance(percent));
  }
  // [[weight, value], ...]
  weighted(table) {
    let at = this.below(table.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of table) {
      at -= weight;
      if (at < 0) return value;
    }
    return table[table.length - 1][1];
  }
  shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}

module.exports = { Random };
