import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';
import { projectRoot } from '../../src/http/root.js';

/** What the figures depend on, in one line. */
export function machine(): string {
  const [first] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} cores of ${first?.model.trim() ?? 'unknown'}, ${gib} GiB, ${platform()} ${arch()}, Node ${process.version}, load average ${load} (the bench's own included)`;
}

export function revision(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src', 'views') === '' ? '' : ' with changes'}`;
  } catch {
    return 'an unknown revision';
  }
}
