import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forbiddenBy, parseRobots } from '../../../src/scrape/fetch/robots.js';

function mayFetch(text: string | Uint8Array, agent: string, path: string): boolean {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return forbiddenBy(parseRobots(bytes, agent), new URL(path, 'http://foo.bar/')) === null;
}

interface Case {
  readonly says: string;
  /** Lines, separated by ` | `. */
  readonly robots: string;
  readonly agent?: string;
  readonly allowed?: readonly string[];
  readonly forbidden?: readonly string[];
}

function check(cases: readonly Case[]): void {
  for (const { says, robots, agent = 'FooBot', allowed = [], forbidden = [] } of cases) {
    it(says, () => {
      const text = `${robots.split(' | ').join('\n')}\n`;
      for (const path of allowed) assert.equal(mayFetch(text, agent, path), true, `${path} is allowed`);
      for (const path of forbidden) assert.equal(mayFetch(text, agent, path), false, `${path} is forbidden`);
    });
  }
}

const FIVE_ONE =
  'User-Agent: * | Disallow: *.gif$ | Disallow: /example/ | Allow: /publications/ |  | User-Agent: foobot | ' +
  'Disallow:/ | Allow:/example/page.html | Allow:/example/allowed.gif |  | User-Agent: barbot | User-Agent: bazbot | ' +
  'Disallow: /example/page.html |  | User-Agent: quxbot';

describe('the examples of RFC 9309', () => {
  check([
    {
      says: '5.1, for a crawler that it does not name',
      robots: FIVE_ONE,
      agent: 'otherbot',
      allowed: ['/', '/publications/', '/a.gif?x', '/publications/x.html'],
      forbidden: ['/a.gif', '/example/', '/example/page.html'],
    },
    {
      says: '5.1, foobot',
      robots: FIVE_ONE,
      allowed: ['/example/page.html', '/example/allowed.gif'],
      forbidden: ['/', '/example/', '/publications/'],
    },
    ...['barbot', 'bazbot'].map((agent) => ({
      says: `5.1, ${agent}`,
      robots: FIVE_ONE,
      agent,
      allowed: ['/', '/a.gif', '/example/other.html'],
      forbidden: ['/example/page.html'],
    })),
    { says: '5.1, quxbot', robots: FIVE_ONE, agent: 'quxbot', allowed: ['/', '/a.gif', '/example/page.html'] },
    {
      says: '5.2, the longest match',
      robots: 'User-Agent: foobot | Allow: /example/page/ | Disallow: /example/page/disallowed.gif',
      allowed: ['/example/page/', '/example/page/x'],
      forbidden: ['/example/page/disallowed.gif'],
    },
    {
      says: '2.2.1, groups of one crawler are one',
      robots: 'user-agent: FooBot | disallow: /foo | disallow: /bar |  | user-agent: FooBot | disallow: /baz',
      allowed: ['/x'],
      forbidden: ['/foo', '/bar', '/baz'],
    },
    // The table of 2.2.2: a path, and the path to match.
    ...[
      ['/foo/bar?baz=quz', '/foo/bar?baz=quz'],
      ['/foo/bar?baz=https://foo.bar', '/foo/bar?baz=https%3A%2F%2Ffoo.bar'],
      ['/foo/bar/ツ', '/foo/bar/%E3%83%84'],
      ['/foo/bar/%E3%83%84', '/foo/bar/%E3%83%84'],
      ['/foo/bar/%62%61%7A', '/foo/bar/baz'],
    ].flatMap(([path = '', match = '']) => [
      { says: `2.2.2, ${path}`, robots: `user-agent: * | disallow: ${path}`, forbidden: [path, match] },
      { says: `2.2.2, ${path} by ${match}`, robots: `user-agent: * | disallow: ${match}`, forbidden: [path, match] },
    ]),
    {
      says: '2.2.2, reserved characters are the same encoded, in any case',
      robots: 'user-agent: * | disallow: /a[1]:@!,;+() | disallow: /b%5b1%5D%3a | disallow: /c?a%2fb%3Fc',
      forbidden: ['/a%5B1%5d%3A%40%21%2C%3B%2B%28%29', '/a[1]:@!,;+()', '/b[1]:', '/c?a/b?c'],
    },
    {
      says: '2.2.2, but not what parts an address',
      robots: 'user-agent: * | disallow: /*%2F | disallow: /*%3F | disallow: /*%26 | disallow: /*%3D',
      allowed: ['/a/b', '/a?b=c&d=e/f'],
      forbidden: ['/a%2fb', '/a%3Fb', '/a?b=%26', '/a?%3D', '/a?b=%2F'],
    },
    {
      says: '2.2.3, special characters, and how to write them as themselves',
      robots:
        'user-agent: * | allow: /this/path/exactly$ | disallow: /this/*/exactly | disallow: /path/file-with-a-%2A.html | ' +
        'disallow: /path/foo-%24 # a word | disallow: /*.php$',
      allowed: ['/this/path/exactly', '/path/file-with-a-x.html', '/path/foo-', '/a.php?x'],
      forbidden: ['/this/other/exactly', '/path/file-with-a-*.html', '/path/foo-$', '/a/b.php'],
    },
    {
      says: '2.2.2, robots.txt itself is always allowed',
      robots: 'user-agent: * | disallow: /',
      allowed: ['/robots.txt'],
    },
  ]);
});

describe("what Google's published tests say", () => {
  const documented = (allow: string) => `user-agent: FooBot | disallow: / | allow: ${allow}`;
  check([
    { says: 'an empty file allows everything', robots: '', allowed: ['/'] },
    {
      says: 'a forgotten colon is understood, other lines are not rules',
      robots: 'user-agent FooBot | disallow /',
      forbidden: ['/x/y'],
    },
    { says: 'unknown keys are no rules', robots: 'foo: FooBot | bar: /', allowed: ['/x/y'] },
    {
      says: 'rules outside of groups are passed over, blank lines end no group',
      robots:
        'allow: /foo/bar/ |  | user-agent: FooBot | disallow: / | allow: /x/ | user-agent: BarBot | disallow: / | ' +
        'allow: /y/ |  |  | allow: /w/ | user-agent: BazBot |  | user-agent: FooBot | allow: /z/ | disallow: /',
      allowed: ['/x/b', '/z/d'],
      forbidden: ['/y/c', '/foo/bar/'],
    },
    {
      says: 'other lines between names end no group',
      robots: 'User-agent: BarBot | Sitemap: https://foo.bar/sitemap | User-agent: * | Disallow: /',
      agent: 'BarBot',
      forbidden: ['/'],
    },
    {
      says: 'keys in capitals',
      robots: 'USER-AGENT: FooBot | ALLOW: /x/ | DISALLOW: /',
      allowed: ['/x/y'],
      forbidden: ['/a'],
    },
    {
      says: 'keys in any case',
      robots: 'uSeR-aGeNt: FooBot | AlLoW: /x/ | dIsAlLoW: /',
      allowed: ['/x/y'],
      forbidden: ['/a'],
    },
    {
      says: 'names in any case, up to the first space',
      robots: 'User-Agent: FOO BAR | Allow: /x/ | Disallow: /',
      agent: 'foo',
      allowed: ['/x/y'],
      forbidden: ['/a/b'],
    },
    {
      says: 'the rules for everybody only when no group names the crawler',
      robots: 'user-agent: * | allow: / | user-agent: FooBot | disallow: /',
      forbidden: ['/x/y'],
    },
    {
      says: 'nobody is named',
      robots: 'user-agent: FooBot | allow: / | user-agent: BarBot | disallow: /',
      agent: 'QuxBot',
      allowed: ['/x'],
    },
    { says: 'a star and more stands for everybody', robots: 'user-agent: * baz | disallow: /', forbidden: ['/x'] },
    { says: 'a star inside a name does not', robots: 'user-agent: foo*bar | disallow: /', allowed: ['/x'] },
    { says: 'paths have cases', robots: 'user-agent: FooBot | disallow: /X/', allowed: ['/x/y'], forbidden: ['/X/y'] },
    {
      says: 'longest: the page',
      robots: 'user-agent: FooBot | disallow: /x/page.html | allow: /x/',
      forbidden: ['/x/page.html'],
    },
    {
      says: 'longest: the folder',
      robots: 'user-agent: FooBot | allow: /x/page.html | disallow: /x/',
      allowed: ['/x/page.html'],
      forbidden: ['/x/'],
    },
    { says: 'empty paths match nothing', robots: 'user-agent: FooBot | disallow: | allow:', allowed: ['/x/page.html'] },
    {
      says: 'of equals the one that allows',
      robots: 'user-agent: FooBot | disallow: / | allow: /',
      allowed: ['/x/page.html'],
    },
    {
      says: 'a slash makes longer',
      robots: 'user-agent: FooBot | disallow: /x | allow: /x/',
      allowed: ['/x/'],
      forbidden: ['/x'],
    },
    {
      says: 'a star counts as one',
      robots: 'user-agent: FooBot | allow: /page | disallow: /*.html',
      allowed: ['/page'],
      forbidden: ['/page.html'],
    },
    {
      says: 'a star is shorter than what it stands for',
      robots: 'user-agent: FooBot | allow: /x/page. | disallow: /*.html',
      allowed: ['/x/page.html'],
      forbidden: ['/x/y.html'],
    },
    {
      says: 'queries stay as they are',
      robots: 'User-agent: FooBot | Disallow: / | Allow: /foo/bar?qux=taz&baz=http://foo.bar?tar&par',
      allowed: ['/foo/bar?qux=taz&baz=http://foo.bar?tar&par'],
    },
    {
      says: 'a dollar sign is the end',
      robots: 'User-agent: FooBot | Disallow: /foo/bar$ | Allow: /foo/bar/qux',
      allowed: ['/foo/bar/qux', '/foo/bar/', '/foo/bar/baz'],
      forbidden: ['/foo/bar'],
    },
    {
      says: 'comments',
      robots: 'User-agent: FooBot | # Disallow: / | Disallow: /foo/quz#qux | Allow: /',
      allowed: ['/foo/bar'],
      forbidden: ['/foo/quz'],
    },
    {
      says: 'an allowed index page allows its folder',
      robots: 'User-Agent: * | Allow: /allowed-slash/index.html | Disallow: /',
      allowed: ['/allowed-slash/', '/allowed-slash/index.html'],
      forbidden: ['/allowed-slash/index.htm', '/anyother-url'],
    },
    ...['/fish', '/fish*'].map((allow) => ({
      says: `documented: ${allow}`,
      robots: documented(allow),
      allowed: [
        '/fish',
        '/fish.html',
        '/fish/salmon.html',
        '/fishheads',
        '/fishheads/yummy.html',
        '/fish.html?id=anything',
      ],
      forbidden: ['/bar', '/Fish.asp', '/catfish', '/?id=fish'],
    })),
    {
      says: 'documented: /fish/',
      robots: documented('/fish/'),
      allowed: ['/fish/', '/fish/salmon', '/fish/?salmon', '/fish/?id=anything'],
      forbidden: ['/fish', '/fish.html', '/Fish/Salmon.html'],
    },
    {
      says: 'documented: /*.php',
      robots: documented('/*.php'),
      allowed: [
        '/filename.php',
        '/folder/filename.php?parameters',
        '//folder/any.php.file.html',
        '/filename.php/',
        '/index?f=filename.php/',
      ],
      forbidden: ['/php/', '/index?php', '/windows.PHP'],
    },
    {
      says: 'documented: /*.php$',
      robots: documented('/*.php$'),
      allowed: ['/filename.php', '/folder/filename.php'],
      forbidden: ['/filename.php?parameters', '/filename.php/', '/filename.php5', '/aaaphpaaa', '/windows.PHP'],
    },
    {
      says: 'documented: /fish*.php',
      robots: documented('/fish*.php'),
      allowed: ['/fish.php', '/fishheads/catfish.php?parameters'],
      forbidden: ['/Fish.PHP'],
    },
    { says: 'documented: /$', robots: documented('/$'), allowed: ['/'], forbidden: ['/page.html'] },
    { says: 'misspelt keys', robots: 'useragent: FooBot | dissallow: /x', forbidden: ['/x'], allowed: ['/y'] },
  ]);

  it('lines end by any of the three conventions', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      assert.equal(mayFetch(['user-agent: FooBot', 'disallow: /x'].join(end), 'FooBot', '/x'), false);
    }
  });

  it('a whole or broken-off byte order mark is passed over', () => {
    const rules = Buffer.from('user-agent: FooBot\ndisallow: /');
    for (const mark of [[], [0xef], [0xef, 0xbb], [0xef, 0xbb, 0xbf]]) {
      assert.equal(mayFetch(Buffer.concat([Buffer.from(mark), rules]), 'FooBot', '/x'), false);
    }
    assert.equal(mayFetch(Buffer.concat([Buffer.from([0xef, 0x11, 0xbf]), rules]), 'FooBot', '/x'), true);
  });

  it('a line too long is cut off', () => {
    const long = `/x/${'a'.repeat(20_000)}`;
    const text = `user-agent: FooBot\ndisallow: ${long}/qux`;
    assert.equal(mayFetch(text, 'FooBot', '/fux'), true);
    assert.equal(mayFetch(text, 'FooBot', `${long}/fux`), false);
  });
});

describe('beyond both', () => {
  check([
    {
      says: 'what the URL standard encodes is compared with what it is',
      robots: 'user-agent: * | disallow: /a{b} | disallow: /c"<>^`|d | disallow: /e f | disallow: /g?q=\'"<>{}^`|h',
      allowed: ['/a'],
      forbidden: [
        '/a{b}',
        '/a%7Bb%7D',
        '/c"<>^`|d',
        '/c%22%3C%3E%5E%60%7Cd',
        '/e f',
        '/g?q=\'"<>{}^`|h',
        '/g?q=%27"<>{}^`|h',
      ],
    },
    {
      says: 'a star goes on into the query',
      robots: 'user-agent: * | disallow: /*/secret | disallow: /*http:',
      forbidden: ['/x?u=/secret', '/x?u=http%3A', '/x?u=http:'],
    },
  ]);

  it('Crawl-delay is taken from the group that applies', () => {
    const text = 'User-agent: *\nCrawl-delay: 5\n\nUser-agent: FooBot\nCrawl-delay: 2.5\nDisallow: /x';
    assert.equal(parseRobots(Buffer.from(text), 'FooBot').crawlDelaySeconds, 2.5);
    assert.equal(parseRobots(Buffer.from(text), 'BarBot').crawlDelaySeconds, 5);
    assert.equal(parseRobots(Buffer.from('User-agent: *\nCrawl-delay: soon'), 'BarBot').crawlDelaySeconds, null);
  });

  it('only the first 500 KiB count', () => {
    const text = `user-agent: *\n${'#\n'.repeat(250 * 1024)}\ndisallow: /`;
    assert.equal(mayFetch(text, 'FooBot', '/x'), true);
  });

  it('a hostile pattern costs little', () => {
    const text = `user-agent: *\ndisallow: /${'*a'.repeat(5000)}$`;
    assert.equal(mayFetch(text, 'FooBot', `/${'a'.repeat(8000)}b`), true);
  });
});
