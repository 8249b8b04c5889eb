/**
 * What a page of the chain must do at the least, and nothing else: the bare page with its session in SQLite, and a step
 * that is claimed, then recorded, each in a transaction of its own. The file and the sessions are ours.
 */
import { systemClock } from '../../src/core/clock.js';
import { openSqlite, transaction } from '../../src/store/sqlite/database.js';
import { SqliteSessions } from '../../src/store/sqlite/sessions.js';
import { serveBarePage } from '../lib/bare-page.js';

const DAY_MS = 24 * 60 * 60_000;

const db = openSqlite(process.env['DATABASE_URL'] ?? '');
db.exec(`
  CREATE TABLE least_run (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, lease_until INTEGER);
  CREATE TABLE least_steps (position INTEGER PRIMARY KEY, item TEXT NOT NULL, attempts INTEGER NOT NULL, seq INTEGER);
  INSERT INTO least_run VALUES (1, 0, 0, NULL);
  INSERT INTO least_steps VALUES (1, '{}', 0, NULL);
`);
const claim = db.prepare('UPDATE least_run SET epoch = epoch + 1, lease_until = ? WHERE id = 1');
const take = db.prepare('UPDATE least_steps SET attempts = attempts + 1 WHERE position = ?');
const record = db.prepare('UPDATE least_steps SET seq = ? WHERE position = ?');
const add = db.prepare("INSERT INTO least_steps VALUES (?, '{}', 0, NULL)");
const advance = db.prepare('UPDATE least_run SET seq = ?, lease_until = NULL WHERE id = 1');

serveBarePage(new SqliteSessions(db, systemClock, DAY_MS), (seq) => {
  transaction(db, () => {
    claim.run(Date.now() + 15_000);
    take.run(seq);
  });
  transaction(db, () => {
    record.run(seq, seq);
    add.run(seq + 1);
    advance.run(seq);
  });
});
