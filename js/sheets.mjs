// Style sheets as texts.
import * as esbuild from "esbuild";

/** A style sheet that is imported is its text, with the sheets that it imports. */
export const sheets = {
  name: "sheets",
  setup: ({ initialOptions: { target, minify }, onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles, metafile } = await esbuild.build({
        entryPoints: [path],
        absWorkingDir: "/",
        target,
        minify,
        bundle: true,
        write: false,
        charset: "utf8",
        metafile: true,
      });
      const watchFiles = Object.keys(metafile.inputs).map((name) => `/${name}`);
      return { contents: outputFiles[0].text, loader: "text", watchFiles };
    }),
};
