import { snippetTarget, type SnippetTarget } from "./target";

export { snippetTarget, type SnippetTarget };

export interface Snippet {
  /** Stands in the address as `?sdk=`. */
  id: string;
  label: string;
  group: "Web" | "Server" | "Mobile" | "By hand";
  /** How the library is added, when it is a package. */
  install?: (target: SnippetTarget) => { title: string; code: string };
  /** What to paste, and where. */
  use: (target: SnippetTarget) => { title: string; code: string };
  /** What one has to know before it works. */
  note?: (target: SnippetTarget) => string | undefined;
}

/** These libraries put https:// before the host by themselves. */
const httpsOnly = (target: SnippetTarget) =>
  target.secure ? undefined : "This library always speaks https. Put PrimeData behind TLS and use that host here; plain http works with the other libraries.";

/** The options that point each public Segment library at this server. Hosts with /v1 and without are not interchangeable. */
export const SNIPPETS: Snippet[] = [
  {
    id: "browser",
    label: "Browser snippet",
    group: "Web",
    use: (target) => ({ title: "Paste before </head> on every page", code: browserSnippet(target) }),
  },
  {
    id: "npm",
    label: "Browser (npm)",
    group: "Web",
    install: () => ({ title: "Terminal", code: "npm install @segment/analytics-next" }),
    use: ({ writeKey, origin, host, secure }) => ({
      title: "analytics.ts",
      code: `import { AnalyticsBrowser } from "@segment/analytics-next";

export const analytics = AnalyticsBrowser.load(
  { writeKey: "${writeKey}", cdnURL: "${origin}" },
  {
    integrations: {
      "Segment.io": { apiHost: "${host}/v1", protocol: "${secure ? "https" : "http"}" },
    },
  },
);

analytics.page();
analytics.track("Article Read", { title: "Getting started" });`,
    }),
  },
  {
    id: "node",
    label: "Node.js",
    group: "Server",
    install: () => ({ title: "Terminal", code: "npm install @segment/analytics-node" }),
    use: ({ writeKey, origin }) => ({
      title: "analytics.ts",
      code: `import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({
  writeKey: "${writeKey}",
  host: "${origin}",
});

analytics.track({
  userId: "user-1",
  event: "Order Completed",
  properties: { total: 99.5 },
});

await analytics.closeAndFlush();`,
    }),
  },
  {
    id: "python",
    label: "Python",
    group: "Server",
    install: () => ({ title: "Terminal", code: "pip install segment-analytics-python" }),
    use: ({ writeKey, origin }) => ({
      title: "analytics.py",
      code: `import segment.analytics as analytics

analytics.write_key = "${writeKey}"
analytics.host = "${origin}"

analytics.track("user-1", "Order Completed", {"total": 99.5})
analytics.flush()`,
    }),
  },
  {
    id: "go",
    label: "Go",
    group: "Server",
    install: () => ({ title: "Terminal", code: "go get github.com/segmentio/analytics-go/v3" }),
    use: ({ writeKey, origin }) => ({
      title: "main.go",
      code: `package main

import "github.com/segmentio/analytics-go/v3"

func main() {
	client, err := analytics.NewWithConfig("${writeKey}", analytics.Config{
		Endpoint: "${origin}",
	})
	if err != nil {
		panic(err)
	}
	defer client.Close()

	client.Enqueue(analytics.Track{
		UserId:     "user-1",
		Event:      "Order Completed",
		Properties: analytics.NewProperties().Set("total", 99.5),
	})
}`,
    }),
  },
  {
    id: "java",
    label: "Java",
    group: "Server",
    install: () => ({
      title: "build.gradle",
      code: `implementation "com.segment.analytics.java:analytics:3.+"`,
    }),
    use: ({ writeKey, origin }) => ({
      title: "Java",
      code: `import com.segment.analytics.Analytics;
import com.segment.analytics.messages.TrackMessage;
import java.util.Map;

Analytics analytics = Analytics.builder("${writeKey}")
    .endpoint("${origin}")
    .build();

analytics.enqueue(TrackMessage.builder("Order Completed")
    .userId("user-1")
    .properties(Map.of("total", 99.5)));

analytics.flush();`,
    }),
  },
  {
    id: "ruby",
    label: "Ruby",
    group: "Server",
    install: () => ({ title: "Terminal", code: "gem install analytics-ruby" }),
    use: ({ writeKey, hostname, port, secure }) => ({
      title: "analytics.rb",
      code: `require "segment/analytics"

analytics = Segment::Analytics.new(
  write_key: "${writeKey}",
  host: "${hostname}",
  port: ${port},
  ssl: ${secure}
)

analytics.track(user_id: "user-1", event: "Order Completed", properties: { total: 99.5 })
analytics.flush`,
    }),
  },
  {
    id: "php",
    label: "PHP",
    group: "Server",
    install: () => ({ title: "Terminal", code: "composer require segmentio/analytics-php" }),
    note: httpsOnly,
    use: ({ writeKey, host }) => ({
      title: "analytics.php",
      code: `<?php
use Segment\\Segment;

Segment::init("${writeKey}", ["host" => "${host}"]);

Segment::track([
  "userId" => "user-1",
  "event" => "Order Completed",
  "properties" => ["total" => 99.5],
]);
Segment::flush();`,
    }),
  },
  {
    id: "net",
    label: ".NET",
    group: "Server",
    install: () => ({ title: "Terminal", code: "dotnet add package Analytics" }),
    use: ({ writeKey, origin }) => ({
      title: "Program.cs",
      code: `using System.Collections.Generic;
using Segment;

Analytics.Initialize("${writeKey}", new Config().SetHost("${origin}"));

Analytics.Client.Track("user-1", "Order Completed", new Dictionary<string, object>
{
    { "total", 99.5 },
});
Analytics.Client.Flush();`,
    }),
  },
  {
    id: "swift",
    label: "Swift",
    group: "Mobile",
    install: () => ({
      title: "Package.swift",
      code: `.package(url: "https://github.com/segmentio/analytics-swift.git", from: "1.7.0")`,
    }),
    note: httpsOnly,
    use: ({ writeKey, host }) => ({
      title: "AppDelegate.swift",
      code: `import Segment

let analytics = Analytics(
  configuration: Configuration(writeKey: "${writeKey}")
    .apiHost("${host}/v1")
    .cdnHost("${host}/v1")
)

analytics.track(name: "Order Completed", properties: ["total": 99.5])`,
    }),
  },
  {
    id: "kotlin",
    label: "Kotlin",
    group: "Mobile",
    install: () => ({ title: "build.gradle.kts", code: `implementation("com.segment.analytics.kotlin:android:1.+")` }),
    note: httpsOnly,
    use: ({ writeKey, host }) => ({
      title: "Application.kt",
      code: `import com.segment.analytics.kotlin.android.Analytics
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

val analytics = Analytics("${writeKey}", applicationContext) {
    apiHost = "${host}/v1"
    cdnHost = "${host}/v1"
}

analytics.track("Order Completed", buildJsonObject { put("total", 99.5) })`,
    }),
  },
  {
    id: "react-native",
    label: "React Native",
    group: "Mobile",
    install: () => ({
      title: "Terminal",
      code: "npm install @segment/analytics-react-native @segment/sovran-react-native @react-native-async-storage/async-storage",
    }),
    use: ({ writeKey, origin }) => ({
      title: "App.tsx",
      code: `import { AnalyticsProvider, createClient } from "@segment/analytics-react-native";

const client = createClient({
  writeKey: "${writeKey}",
  proxy: "${origin}/v1",
  cdnProxy: "${origin}/v1",
  useSegmentEndpoints: true,
});

export const App = () => (
  <AnalyticsProvider client={client}>{/* your app */}</AnalyticsProvider>
);`,
    }),
  },
  {
    id: "curl",
    label: "curl",
    group: "By hand",
    use: (target) => ({ title: "Terminal", code: curlSnippet(target) }),
  },
];

/** Which snippet suits a source of this catalog entry. */
export function snippetFor(metadataId: string): string {
  const same = SNIPPETS.find((snippet) => snippet.id === metadataId);
  if (same) return same.id;
  return metadataId === "http-api" ? "curl" : "browser";
}

export function curlSnippet({ writeKey, origin }: SnippetTarget): string {
  return `curl ${origin}/v1/track \\
  -u ${writeKey}: \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "user-1", "event": "Order Completed", "properties": {"total": 99.5}}'`;
}

/** One message sent two times: the second one is a duplicate of the first. */
export function twiceSnippet({ writeKey, origin }: SnippetTarget): string {
  return `for time in first second; do
  curl ${origin}/v1/track \\
    -u ${writeKey}: \\
    -H 'Content-Type: application/json' \\
    -d '{"messageId": "order-1001-paid", "userId": "user-1", "event": "Order Paid", "properties": {"total": 99.5}}'
done`;
}

/** Names a person by two identifiers, which makes them one. */
export function identifySnippet({ writeKey, origin }: SnippetTarget): string {
  return `curl ${origin}/v1/identify \\
  -u ${writeKey}: \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "user-1", "anonymousId": "device-1", "traits": {"name": "Ada Example", "email": "ada@example.com"}}'`;
}

/**
 * The loader for a page: it keeps calls until analytics.js has arrived from this server, then hands them over.
 */
export function browserSnippet({ writeKey, origin }: SnippetTarget): string {
  return `<script>
(function (page, host, key) {
  var queue = (page.analytics = page.analytics || []);
  if (queue.load) return;
  var calls = "track page identify group alias screen reset ready on once off user register debug " +
    "addSourceMiddleware addDestinationMiddleware setAnonymousId trackLink trackForm trackClick trackSubmit";
  calls.split(" ").forEach(function (name) {
    queue[name] = function () {
      var args = [].slice.call(arguments);
      if (page.analytics !== queue) return page.analytics[name].apply(page.analytics, args);
      queue.push([name].concat(args));
      return queue;
    };
  });
  queue._writeKey = key;
  queue._cdn = host;
  queue.load = function (options) {
    queue._loadOptions = options;
    var script = document.createElement("script");
    script.async = true;
    script.src = host + "/analytics.js/v1/" + key + "/analytics.min.js";
    document.head.appendChild(script);
  };
  queue.load();
  queue.page();
})(window, "${origin}", "${writeKey}");
</script>`;
}
