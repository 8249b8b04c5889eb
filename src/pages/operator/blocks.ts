import type { Request, RequestHandler, Response } from 'express';
import { BLOCK_KINDS, type Block, type BlockKind, blockOf } from '../../core/blocks.js';
import type { PageDeps } from '../deps.js';
import { sendOperatorPage, typedIn } from './page.js';

const FIELDS = ['kind', 'value', 'reason'] as const;
type Typed = Readonly<Record<(typeof FIELDS)[number], string>>;

interface BlocksView {
  readonly blocks: readonly Block[];
  readonly kinds: readonly BlockKind[];
  readonly typed: Typed;
  readonly problem: string | null;
}

/** What is blocked, and the form to block more; filled in from the address. */
export function operatorBlocks(deps: PageDeps): RequestHandler {
  return (req, res) => sendBlocks(deps, req, res, { typed: typedIn(req.query, ...FIELDS), status: 200 });
}

export function operatorBlock(deps: PageDeps): RequestHandler {
  return async (req, res) => {
    const typed = typedIn(req.body, ...FIELDS);
    const kind = kindOf(typed.kind);
    const block = kind && blockOf(kind, typed.value, typed.reason);
    if (!block) return sendBlocks(deps, req, res, { typed, status: 422 });
    await deps.blocks.put(block);
    req.log.warn({ block, address: req.ip }, 'blocked by the operator');
    res.redirect(303, res.locals.tobiishi.paths.operatorBlocks);
  };
}

export function operatorUnblock({ blocks }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { kind: typed, value } = typedIn(req.body, ...FIELDS);
    const kind = kindOf(typed);
    if (kind !== null) await blocks.remove(kind, value);
    req.log.warn({ kind, value, address: req.ip }, 'unblocked by the operator');
    res.redirect(303, res.locals.tobiishi.paths.operatorBlocks);
  };
}

function kindOf(typed: string): BlockKind | null {
  return BLOCK_KINDS.find((kind) => kind === typed) ?? null;
}

/** With 422 it says what is wrong with what was typed. */
async function sendBlocks(
  { blocks }: PageDeps,
  req: Request,
  res: Response,
  { typed, status }: { readonly typed: Typed; readonly status: 200 | 422 },
): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const { all } = await blocks.current();
  const problem =
    status === 200 ? null : words.t(`operator.wrongBlock.${typed.kind === 'network' ? 'network' : 'host'}`);
  await sendOperatorPage<BlocksView>(req, res, 'operator-blocks', {
    title: words.t('operator.blocks'),
    here: paths.operatorBlocks,
    status,
    data: { blocks: all, kinds: BLOCK_KINDS, typed, problem },
  });
}
