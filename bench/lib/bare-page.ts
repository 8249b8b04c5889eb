import { join } from 'node:path';
import express from 'express';
import session, { type Store } from 'express-session';
import { projectRoot } from '../../src/http/root.js';

declare module 'express-session' {
  interface SessionData {
    seq: number;
  }
}

/** Express with its sessions in a store, and one small EJS page; `step` is executed before it. */
export function serveBarePage(store: Store, step: (seq: number) => void): void {
  const app = express();
  app.set('view engine', 'ejs');
  app.set('views', join(projectRoot, 'bench', 'views'));
  app.use(session({ store, secret: 'a secret for a bench only', resave: false, saveUninitialized: false }));
  app.get('/', (req, res) => {
    const seq = (req.session.seq ?? 0) + 1;
    step(seq);
    req.session.seq = seq;
    res.render('page', { seq });
  });
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(`Express is ready on http://127.0.0.1:${(server.address() as { port: number }).port}`);
  });
  // While the other side has its turn this one waits.
  server.keepAliveTimeout = 120_000;
}
