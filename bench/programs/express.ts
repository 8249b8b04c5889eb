/** What the chain's page is compared with: Express with sessions in memory and one small EJS page. */
import { join } from 'node:path';
import express from 'express';
import session from 'express-session';
import { projectRoot } from '../../src/web/root.js';

declare module 'express-session' {
  interface SessionData {
    seq: number;
  }
}

const app = express();
app.set('view engine', 'ejs');
app.set('views', join(projectRoot, 'bench', 'views'));
app.use(session({ secret: 'a secret for a bench only', resave: false, saveUninitialized: false }));
app.get('/', (req, res) => {
  const seq = (req.session.seq ?? 0) + 1;
  req.session.seq = seq;
  res.render('page', { seq });
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`Express is ready on http://127.0.0.1:${(server.address() as { port: number }).port}`);
});
