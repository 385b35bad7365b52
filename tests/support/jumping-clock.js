// @ts-check
/** Loaded into a medds process (`node --import`): its clock jumps by a day, back and forth, with every look at it. */
const DAY = 24 * 60 * 60 * 1000;
const now = Date.now;
let looks = 0;
Date.now = () => now() + (looks++ % 2 === 0 ? DAY : -DAY);
const Real = Date;
globalThis.Date = new Proxy(Real, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [Real.now()] : args),
});
