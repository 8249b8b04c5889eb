/** What the scripts of the pages find besides what browsers have. */

/** Of the package `idiomorph`: changes a node into another one, and keeps of it what is the same. */
declare const Idiomorph: {
  morph(
    node: Node,
    into: Node,
    options?: {
      callbacks?: {
        /** False leaves the node as it is. */
        beforeNodeMorphed?: (node: Node) => boolean;
        /** False leaves the attribute as it is. */
        beforeAttributeUpdated?: (name: string, node: Element) => boolean;
      };
    },
  ): void;
};

interface Document {
  /** Chromium: made before anybody asked for it. */
  readonly prerendering?: boolean;
}
