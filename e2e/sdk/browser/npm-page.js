// A site that bundles the SDK from npm. Everything it knows of the server is its address.
import { AnalyticsBrowser } from "@segment/analytics-next";

const { host, writeKey, loadOptions } = window.site;
window.analytics = AnalyticsBrowser.load({ writeKey, cdnURL: host }, loadOptions);
