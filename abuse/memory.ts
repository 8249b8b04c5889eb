import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** The most memory that a process takes from here on, in MB; null where the system does not tell. */
export function watchMemory(pid: number): { most(): number | null; stop(): void } {
  let most: number | null = null;
  const look = () => {
    const now = residentMb(pid);
    if (now !== null) most = Math.max(most ?? 0, now);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    most: () => most,
    stop: () => clearInterval(timer),
  };
}

function residentMb(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Math.round((Number(kib) * 1024) / 1e6);
  } catch {
    return null;
  }
}
