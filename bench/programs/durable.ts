/**
 * What a page of the chain must do at the least, and nothing else: the bare page with its session in SQLite, and a step
 * that is claimed, then recorded, each in a transaction of its own.
 */
import { join } from 'node:path';
import express from 'express';
import session, { type SessionData, Store } from 'express-session';
import Database from 'libsql';
import { projectRoot } from '../../src/web/root.js';

const db = new Database(process.env['DATABASE_URL'] ?? '');
for (const setting of ['page_size = 1024', 'journal_mode = WAL', 'synchronous = NORMAL', 'wal_autocheckpoint = 4000'])
  db.pragma(setting);
db.exec(`
  CREATE TABLE sessions (id TEXT PRIMARY KEY, data TEXT NOT NULL);
  CREATE TABLE runs (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, lease_until INTEGER);
  CREATE TABLE steps (position INTEGER PRIMARY KEY, item TEXT NOT NULL, attempts INTEGER NOT NULL, seq INTEGER);
  INSERT INTO runs VALUES (1, 0, 0, NULL);
  INSERT INTO steps VALUES (1, '{}', 0, NULL);
`);
const sql = {
  saveSession: db.prepare('INSERT OR REPLACE INTO sessions VALUES (?, ?)'),
  claim: db.prepare('UPDATE runs SET epoch = epoch + 1, lease_until = ? WHERE id = 1'),
  take: db.prepare('UPDATE steps SET attempts = attempts + 1 WHERE position = ?'),
  record: db.prepare('UPDATE steps SET seq = ? WHERE position = ?'),
  add: db.prepare("INSERT INTO steps VALUES (?, '{}', 0, NULL)"),
  advance: db.prepare('UPDATE runs SET seq = ?, lease_until = NULL WHERE id = 1'),
};

function transaction(work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  work();
  db.exec('COMMIT');
}

/** Saved in the file, read from memory: this process alone has the file. */
class Sessions extends Store {
  readonly #known = new Map<string, string>();

  override get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    const data = this.#known.get(id);
    callback(null, data === undefined ? null : JSON.parse(data));
  }

  override set(id: string, saved: SessionData, callback?: () => void): void {
    const data = JSON.stringify(saved);
    transaction(() => sql.saveSession.run(id, data));
    this.#known.set(id, data);
    callback?.();
  }

  override touch(_id: string, _session: SessionData, callback?: () => void): void {
    callback?.();
  }

  override destroy(_id: string, callback?: () => void): void {
    callback?.();
  }
}

const app = express();
app.set('view engine', 'ejs');
app.set('views', join(projectRoot, 'bench', 'views'));
app.use(
  session({ store: new Sessions(), secret: 'a secret for a bench only', resave: false, saveUninitialized: false }),
);
let seq = 0;
app.get('/', (req, res) => {
  seq += 1;
  transaction(() => {
    sql.claim.run(Date.now() + 15_000);
    sql.take.run(seq);
  });
  transaction(() => {
    sql.record.run(seq, seq);
    sql.add.run(seq + 1);
    sql.advance.run(seq);
  });
  req.session.seq = seq;
  req.session.save(() => res.render('page', { seq }));
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`Express is ready on http://127.0.0.1:${(server.address() as { port: number }).port}`);
});
