/** The least that Express is: one route that says hello. */
import express from 'express';

const app = express();
app.get('/', (_req, res) => void res.send('hello'));
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`Express is ready on http://127.0.0.1:${(server.address() as { port: number }).port}`);
});
