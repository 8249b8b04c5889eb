import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { until } from '../fixtures/patience.js';

/**
 * A tab spoken to by the browser's own protocol. While a navigation is pending, as it always is on a running chain,
 * Chromium keeps back what is asked of the page: `stay` is for those who want to look at one.
 */
export class Tab {
  private constructor(
    readonly page: Page,
    readonly cdp: CDPSession,
  ) {}

  static async open(context: BrowserContext): Promise<Tab> {
    const page = await context.newPage();
    return new Tab(page, await context.newCDPSession(page));
  }

  /**
   * From now on, pages of this context ask for the next step of a run in vain and stay where they are; until `held` is
   * set to false. `refused` is how many have asked.
   */
  static async stay(context: BrowserContext): Promise<{ held: boolean; refused: number }> {
    const gate = { held: true, refused: 0 };
    await context.route('**/runs/*?seq=*', async (route) => {
      if (!gate.held) return route.continue();
      await route.fulfill({ status: 204 });
      gate.refused += 1;
    });
    return gate;
  }

  async goto(url: string): Promise<void> {
    await this.cdp.send('Page.navigate', { url });
    const { origin, pathname } = new URL(url);
    await this.until(
      // Parsed to its end and in its dress: what is measured before that means nothing.
      `location.href.startsWith(${JSON.stringify(origin + pathname)}) && document.querySelector('main') &&
        document.readyState !== 'loading' && document.styleSheets.length > 0`,
    );
  }

  /** The value of an expression in the document that is there now, promises awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.cdp.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  }

  /** Waits until the expression is true, in whichever document. */
  async until(expression: string): Promise<void> {
    // A document that is just being left answers nothing.
    await until(expression, () => this.evaluate<boolean>(`Boolean(${expression})`).catch(() => false));
  }

  async resize(width: number, height: number): Promise<void> {
    const screen = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.cdp.send('Emulation.setDeviceMetricsOverride', screen);
    await this.until(`innerWidth === ${width}`);
  }

  async press(key: 'Tab' | 'Enter' | ' '): Promise<void> {
    const codes = { Tab: ['Tab', 9], Enter: ['Enter', 13], ' ': ['Space', 32] } as const;
    const [code, windowsVirtualKeyCode] = codes[key];
    const text = key === 'Enter' ? '\r' : key === 'Tab' ? '' : key;
    await this.cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', key, code, windowsVirtualKeyCode, text });
    await this.cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code, windowsVirtualKeyCode });
  }

  async type(text: string): Promise<void> {
    await this.cdp.send('Input.insertText', { text });
  }

  /** A press of the mouse on the middle of the element. */
  async click(selector: string): Promise<void> {
    const [x, y] = await this.evaluate<[number, number]>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = element.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    })()`);
    for (const type of ['mousePressed', 'mouseReleased'] as const) {
      await this.cdp.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }
}
