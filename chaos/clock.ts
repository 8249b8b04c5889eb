/**
 * Loaded into the server with `--import`: shifts its wall clock by the milliseconds written in the file that
 * `CHAOS_CLOCK` names, as an operator, NTP or a resumed virtual machine would. Timers and the monotonic clock go on.
 */
import { readFileSync } from 'node:fs';

const file = process.env['CHAOS_CLOCK'];
const LOOK_EVERY_MS = 50;

if (file) {
  const RealDate = Date;
  const realNow = Date.now;
  let offsetMs = 0;
  const look = () => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      // Not written yet: the clock is right.
    }
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  const now = () => realNow() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}
