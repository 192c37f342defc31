// Runs in the page: turns a call of the suite into the browser SDK's method and arguments.

window.makeCall = async function makeCall({ type, userId, anonymousId, ...call }) {
  const analytics = window.analytics.instance ?? window.analytics;
  // In a browser the person is state: set before the call, not named in it.
  if (userId === undefined) analytics.reset();
  else analytics.user().id(userId);

  const { context, integrations, timestamp, messageId } = call;
  const options = { context, integrations, timestamp, messageId, anonymousId };
  switch (type) {
    case "identify":
      return analytics.identify(userId, call.traits, options);
    case "track":
      return analytics.track(call.event, call.properties, options);
    case "page":
      return analytics.page(call.category, call.name, call.properties, options);
    case "screen":
      return analytics.screen(call.category, call.name, call.properties, options);
    case "group":
      return analytics.group(call.groupId, call.traits, options);
    case "alias":
      return analytics.alias(userId, call.previousId, options);
  }
};
