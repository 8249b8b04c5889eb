import type { Page } from '../fetch/fetch.js';
import type { Robots } from '../fetch/robots.js';
import type { FindInAnswerOptions } from '../find/find-in-answer.js';
import type { AddressOptions } from '../read/addresses.js';
import type { Recipe } from '../read/document.js';
import type { ListFile } from '../read/lists.js';
import type { Answer, OpenOptions } from '../read/open-answer.js';
import type { ReadOptions } from '../read/read-page.js';
import type { MendOptions, TypedRecipe } from '../slips/mend-recipe.js';

type EncodedPage = Pick<Page, 'bytes' | 'charset' | 'url'>;

/** Pages of one host come one after the other. */
let lastRobots: { readonly text: string; readonly rules: Robots } | null = null;

/**
 * What workers do with what strangers made: functions of plain data, each of which loads only what it needs, and not before.
 * Each may throw a `StepError`.
 */
export const tasks = {
  async readPage(answer: Answer, options: ReadOptions) {
    const { readPage } = await import('../read/read-page.js');
    return readPage(answer, options);
  },
  async readTables(answer: Answer, recipes: readonly Recipe[], options: OpenOptions) {
    const { readTables } = await import('../read/read-tables.js');
    return readTables(answer, recipes, options);
  },
  async findInAnswer(answer: Answer, options: FindInAnswerOptions) {
    const { findInAnswer } = await import('../find/find-in-answer.js');
    return findInAnswer(answer, options);
  },
  async mendRecipe(answer: Answer | null, typed: TypedRecipe, options: MendOptions) {
    const { mendRecipe } = await import('../slips/mend-recipe.js');
    return mendRecipe(answer, typed, options);
  },
  async framePage(answer: Answer, options: OpenOptions) {
    const { framePage } = await import('../read/frame-page.js');
    return framePage(answer, options);
  },
  async fillForm(page: EncodedPage, typed: ReadonlyMap<string, string>) {
    const { fillForm } = await import('../fetch/login-form.js');
    return fillForm(await decoded(page), typed);
  },
  async asksForLogin(page: EncodedPage, typed: ReadonlyMap<string, string>) {
    const { asksForLogin } = await import('../fetch/login-form.js');
    return asksForLogin(await decoded(page), typed);
  },
  async parseAddresses(text: string, options: AddressOptions) {
    const { parseAddresses } = await import('../read/addresses.js');
    return parseAddresses(text, options);
  },
  async readList(file: ListFile, column: string) {
    const { readList } = await import('../read/lists.js');
    return readList(file, column);
  },
  async readSitemap(page: EncodedPage) {
    const { readSitemap } = await import('../read/sitemap.js');
    return readSitemap(page);
  },
  /** `text`: what is kept of a robots.txt, as JSON. */
  async forbiddenBy(text: string, address: Pick<URL, 'pathname' | 'search'>) {
    const { forbiddenBy, unpackRules } = await import('../fetch/robots.js');
    if (lastRobots?.text !== text) {
      const { rules, packed = '' } = JSON.parse(text);
      lastRobots = { text, rules: { ...rules, rules: [...rules.rules, ...unpackRules(packed)] } };
    }
    return forbiddenBy(lastRobots.rules, address);
  },
  async parseRobots(bytes: Uint8Array, productToken: string) {
    const { packRules, parseRobots } = await import('../fetch/robots.js');
    const { rules, crawlDelaySeconds } = parseRobots(bytes, productToken);
    return { rules: { rules: [], crawlDelaySeconds }, packed: packRules(rules) };
  },
};

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
export type TaskArguments<N extends TaskName> = Parameters<Tasks[N]>;
export type TaskResult<N extends TaskName> = Awaited<ReturnType<Tasks[N]>>;

async function decoded({ bytes, charset, url }: EncodedPage) {
  const { decode } = await import('../encoding/decode.js');
  return { ...decode(bytes, { charset }), url };
}
