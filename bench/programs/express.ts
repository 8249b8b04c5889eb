/** What the chain's page is compared with: Express with sessions in memory and one small EJS page. */
import { serveBarePage } from '../lib/bare-page.js';

serveBarePage();
