/* Names the server this script came from as the place for its settings and chunks. analytics.js finds that place
   in its own script tag, but only for https and only in `src` as it was written; this covers http, relative
   addresses and servers mounted under a path. */
(function () {
  "use strict";

  function baseOf(script) {
    var found = /^(https?:\/\/.*)\/analytics\.js\/v1\/[^/]+\//.exec((script && script.src) || "");
    return found ? found[1] : null;
  }

  function baseOfThisScript() {
    var base = baseOf(document.currentScript);
    // The current script is unknown to code that is evaluated by hand; the last matching tag is the best witness left.
    for (var i = document.scripts.length - 1; base === null && i >= 0; i--) {
      base = baseOf(document.scripts[i]);
    }
    return base;
  }

  var base = baseOfThisScript();
  if (base === null) return;

  var analytics = window.analytics;
  if (analytics) {
    // A page that chose another place, and a copy of analytics.js that already runs, keep theirs.
    if (!analytics._cdn) analytics._cdn = base;
    return;
  }

  // The snippet was given another global name. analytics.js still looks for its base under `analytics` before it
  // learns that name, so a stand-in holds the base for as long as the script below takes to start.
  var standIn = { _cdn: base };
  window.analytics = standIn;
  setTimeout(function () {
    if (window.analytics === standIn) delete window.analytics;
  }, 0);
})();
