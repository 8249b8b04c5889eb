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
import { toUpload, uploadKey } from '../columns.js';
import { writeUpload } from '../write-upload.js';
import type { Database } from './database.js';
import { PostgresPieces } from './pieces.js';
import { now, sql } from './statements.js';

const add = sql(
  'add-upload',
  `INSERT INTO tobiishi.uploads (id, visitor_id, network, name, type, created_at) VALUES ($1, $2, $3, $4, $5, ${now(6)})`,
);
/** Their pieces are swept with those of runs. */
const trash = (which: string) => `WITH old AS (DELETE FROM tobiishi.uploads WHERE id IN (${which}) RETURNING id)
  INSERT INTO tobiishi.trash SELECT id FROM old ON CONFLICT DO NOTHING`;
const NO_RUN = 'NOT EXISTS (SELECT FROM tobiishi.run_uploads WHERE upload_id = u.id)';
const trashOld = sql(
  'trash-old-uploads',
  trash(`SELECT id FROM tobiishi.uploads AS u WHERE visitor_id = $1
    AND ${NO_RUN} ORDER BY created_at DESC, id OFFSET $2`),
);
const trashBeyond = sql(
  'trash-uploads-beyond',
  trash(`SELECT id FROM (
    SELECT id, created_at, sum(size) OVER (ORDER BY created_at DESC, id) AS bytes
    FROM tobiishi.uploads AS u WHERE network = $1 AND ${NO_RUN}) AS listed
    WHERE bytes > $2::bigint AND created_at < ${now(3)} - $4::bigint`),
);
const sum = sql('sum-uploads', `SELECT coalesce(sum(size), 0) AS bytes FROM tobiishi.uploads AS u WHERE ${NO_RUN}`);
const abandon = sql('abandon-upload', trash('SELECT $1::text'));
const trashAll = sql('trash-uploads', trash('SELECT id FROM tobiishi.uploads WHERE visitor_id = $1'));
const finish = sql('finish-upload', 'UPDATE tobiishi.uploads SET size = $2, hash = $3 WHERE id = $1');
const find = sql(
  'find-upload',
  'SELECT * FROM tobiishi.uploads WHERE id = $1 AND visitor_id = $2 AND hash IS NOT NULL',
);

/** Files of forms, in the same database. `clock`: for tests, instead of the database's. */
export class PostgresUploads implements UploadStore {
  readonly #pieces: PostgresPieces;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {
    this.#pieces = new PostgresPieces(database);
  }

  write(
    { visitorId, network }: UploadOwner,
    file: Pick<Upload, 'name' | 'type'>,
    content: AsyncIterable<Uint8Array>,
  ): Promise<KeptUpload> {
    return writeUpload(file, content, {
      begin: async ({ id, name, type }) => {
        await this.database.query(add, [id, visitorId, network, name, type, this.clock?.now() ?? null]);
        await this.database.query(trashOld, [visitorId, MOST_UPLOADS]);
      },
      write: (key, pieces) => this.#pieces.write(key, pieces),
      finish: async ({ id, size, hash }) => void (await this.database.query(finish, [id, size, hash])),
      abandon: async (id) => void (await this.database.query(abandon, [id])),
    });
  }

  async makeRoom(network: string | null, { networkBytes, allBytes }: UploadRoom): Promise<boolean> {
    await this.database.query(trashBeyond, [network, networkBytes, this.clock?.now() ?? null, NEW_UPLOAD_MS]);
    const [record] = (await this.database.query(sum, [])).rows;
    return Number(record?.['bytes']) <= allBytes;
  }

  async find(visitorId: string, id: string): Promise<KeptUpload | null> {
    const [record] = (await this.database.query(find, [id, visitorId])).rows;
    return record === undefined ? null : toUpload(record);
  }

  read(id: string): AsyncIterable<Uint8Array> {
    return this.#pieces.read(uploadKey(id));
  }

  async removeAll(visitorId: string): Promise<void> {
    await this.database.query(trashAll, [visitorId]);
  }
}
