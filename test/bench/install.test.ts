import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';

it('what the benches compare with can be installed as the lock file says', async () => {
  const args = ['ci', '--dry-run', '--ignore-scripts', '--offline', '--prefix', 'bench'];
  // Rejects when the lock file is out of step.
  await promisify(execFile)('npm', args);
});
