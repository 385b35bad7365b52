// @ts-check
/** Which misbehaviours are in force for which requests. */
import { pathOf } from './host-log.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./misbehaviour.js').Misbehaviour} Misbehaviour
 */

export class RuleBook {
  /** @type {{ path: string, rule: Misbehaviour, seen: number, done: number }[]} */
  #rules = [];

  /**
   * @param {string} path  '*' for all
   * @param {Misbehaviour} rule
   */
  add(path, rule) {
    this.#rules.push({ path: path === '*' ? path : pathOf(path), rule, seen: 0, done: 0 });
  }

  clear() {
    this.#rules = [];
  }

  /**
   * All that is in force for this request, taken together; counts it.
   * @param {RequestRecord} request
   * @returns {Misbehaviour}
   */
  take(request) {
    /** @type {Misbehaviour} */
    let taken = {};
    for (const entry of this.#rules) {
      const { path, rule } = entry;
      if ((path !== '*' && path !== request.path) || rule.when?.(request) === false) continue;
      entry.seen += 1;
      if (entry.seen <= (rule.skip ?? 0) || entry.done >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
      entry.done += 1;
      const headers = { ...taken.headers, ...rule.headers };
      taken = { ...taken, ...rule, headers, asIf: { ...taken.asIf, ...rule.asIf } };
    }
    return taken;
  }
}
