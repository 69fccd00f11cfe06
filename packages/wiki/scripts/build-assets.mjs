// Bundles what the browser receives, styles and islands, into dist/assets.
