// Style sheets as texts.
import * as esbuild from "esbuild";

/** A style sheet that is imported is its text, with the sheets that it imports. */
export const sheets = {
  name: "sheets",
  setup: ({ initialOptions: { target }, onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const built = await esbuild.build({
        entryPoints: [path],
        target,
        bundle: true,
        write: false,
        minify: true,
        charset: "utf8",
      });
      return { contents: built.outputFiles[0].text, loader: "text" };
    }),
};
