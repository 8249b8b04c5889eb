import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { hashed, piecesOf } from '../../core/files.js';
import { type KeptUpload, MOST_UPLOADS, type Upload, type UploadStore } from '../../core/upload.js';
import { type DatabaseRecord, plainText, toUpload, uploadKey } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';
import { SqlitePieces } from './pieces.js';

/** Files of forms, in the same SQLite file. */
export class SqliteUploads implements UploadStore {
  readonly #pieces: SqlitePieces;
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    this.#pieces = new SqlitePieces(db);
    this.#sql = {
      add: db.prepare('INSERT INTO uploads (id, visitor_id, name, type, created_at) VALUES (?, ?, ?, ?, ?)'),
      finish: db.prepare('UPDATE uploads SET size = ?, hash = ? WHERE id = ?'),
      find: db.prepare('SELECT * FROM uploads WHERE id = ? AND visitor_id = ? AND hash IS NOT NULL'),
      // Its pieces are swept with those of runs.
      trashOld: db.prepare(`
        INSERT OR IGNORE INTO trash SELECT id FROM uploads WHERE id IN (
          SELECT id FROM uploads WHERE visitor_id = ? AND id NOT IN (SELECT upload_id FROM run_uploads)
          ORDER BY created_at DESC, id LIMIT -1 OFFSET ?)`),
      trashAll: db.prepare('INSERT OR IGNORE INTO trash SELECT id FROM uploads WHERE visitor_id = ?'),
      removeTrashed: db.prepare('DELETE FROM uploads WHERE visitor_id = ? AND id IN (SELECT run_id FROM trash)'),
    };
  }

  async write(
    visitorId: string,
    { name, type }: Pick<Upload, 'name' | 'type'>,
    content: AsyncIterable<Uint8Array>,
  ): Promise<KeptUpload> {
    const id = randomBytes(16).toString('base64url');
    const kept = { id, name: plainText(name), type: plainText(type) };
    transaction(this.db, () => {
      this.#sql.add.run(id, visitorId, kept.name, kept.type, this.clock.now());
      this.#sql.trashOld.run(visitorId, MOST_UPLOADS);
      this.#sql.removeTrashed.run(visitorId);
    });
    const sha = createHash('sha256');
    const size = await this.#pieces.write(uploadKey(id), hashed(piecesOf(content), sha));
    const hash = sha.digest('base64url');
    transaction(this.db, () => this.#sql.finish.run(size, hash, id));
    return { ...kept, size, hash };
  }

  async find(visitorId: string, id: string): Promise<KeptUpload | null> {
    const record = this.#sql.find.get(plainText(id), visitorId) as DatabaseRecord | undefined;
    return record === undefined ? null : toUpload(record);
  }

  read(id: string): AsyncIterable<Uint8Array> {
    return this.#pieces.read(uploadKey(id));
  }

  async removeAll(visitorId: string): Promise<void> {
    transaction(this.db, () => {
      this.#sql.trashAll.run(visitorId);
      this.#sql.removeTrashed.run(visitorId);
    });
  }
}
