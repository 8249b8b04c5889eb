import type { Clock } from '../../core/clock.js';
import {
  type KeptUpload,
  MOST_UPLOADS,
  NEW_UPLOAD_MS,
  type Upload,
  type UploadOwner,
  type UploadRoom,
  type UploadStore,
} from '../../core/upload.js';
import { type DatabaseRecord, plainText, toUpload, uploadKey } from '../columns.js';
import { writeUpload } from '../write-upload.js';
import type { Checkpoints } from './checkpoints.js';
import { type SqliteDatabase, transaction } from './database.js';
import { SqlitePieces } from './pieces.js';

/** Files of forms, in the same SQLite file. */
export class SqliteUploads implements UploadStore {
  readonly #pieces: SqlitePieces;
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
    checkpoints: Pick<Checkpoints, 'committed'> | null = null,
  ) {
    this.#pieces = new SqlitePieces(db, checkpoints);
    this.#sql = {
      add: db.prepare(
        'INSERT INTO uploads (id, visitor_id, network, name, type, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      finish: db.prepare('UPDATE uploads SET size = ?, hash = ? WHERE id = ?'),
      find: db.prepare('SELECT * FROM uploads WHERE id = ? AND visitor_id = ? AND hash IS NOT NULL'),
      // Its pieces are swept with those of runs.
      trashOld: db.prepare(`
        INSERT OR IGNORE INTO trash SELECT id FROM uploads WHERE id IN (
          SELECT id FROM uploads WHERE visitor_id = ? AND id NOT IN (SELECT upload_id FROM run_uploads)
          ORDER BY created_at DESC, id LIMIT -1 OFFSET ?)`),
      trashBeyond: db.prepare(`
        INSERT OR IGNORE INTO trash SELECT id FROM (
          SELECT id, created_at, sum(size) OVER (ORDER BY created_at DESC, id) AS bytes
          FROM uploads WHERE network = ?1 AND id NOT IN (SELECT upload_id FROM run_uploads))
        WHERE bytes > ?2 AND created_at < ?3`),
      removeTrashedOf: db.prepare('DELETE FROM uploads WHERE network = ? AND id IN (SELECT run_id FROM trash)'),
      sum: db.prepare(`
        SELECT coalesce(sum(size), 0) AS bytes FROM uploads WHERE id NOT IN (SELECT upload_id FROM run_uploads)`),
      trash: db.prepare('INSERT OR IGNORE INTO trash (run_id) VALUES (?)'),
      remove: db.prepare('DELETE FROM uploads WHERE id = ?'),
      trashAll: db.prepare('INSERT OR IGNORE INTO trash SELECT id FROM uploads WHERE visitor_id = ?'),
      removeTrashed: db.prepare('DELETE FROM uploads WHERE visitor_id = ? AND id IN (SELECT run_id FROM trash)'),
    };
  }

  write(
    { visitorId, network }: UploadOwner,
    file: Pick<Upload, 'name' | 'type'>,
    content: AsyncIterable<Uint8Array>,
  ): Promise<KeptUpload> {
    return writeUpload(file, content, {
      begin: async ({ id, name, type }) => {
        transaction(this.db, () => {
          this.#sql.add.run(id, visitorId, network, name, type, this.clock.now());
          this.#sql.trashOld.run(visitorId, MOST_UPLOADS);
          this.#sql.removeTrashed.run(visitorId);
        });
      },
      write: (key, pieces) => this.#pieces.write(key, pieces),
      finish: async ({ id, size, hash }) => void transaction(this.db, () => this.#sql.finish.run(size, hash, id)),
      abandon: async (id) => {
        transaction(this.db, () => {
          this.#sql.trash.run(id);
          this.#sql.remove.run(id);
        });
      },
    });
  }

  async makeRoom(network: string | null, { networkBytes, allBytes }: UploadRoom): Promise<boolean> {
    const { bytes } = transaction(this.db, () => {
      if (network !== null) {
        this.#sql.trashBeyond.run(network, networkBytes, this.clock.now() - NEW_UPLOAD_MS);
        this.#sql.removeTrashedOf.run(network);
      }
      return this.#sql.sum.get() as { bytes: number };
    });
    return bytes <= allBytes;
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
