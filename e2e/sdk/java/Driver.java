import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.segment.analytics.Analytics;
import com.segment.analytics.Callback;
import com.segment.analytics.messages.AliasMessage;
import com.segment.analytics.messages.GroupMessage;
import com.segment.analytics.messages.IdentifyMessage;
import com.segment.analytics.messages.Message;
import com.segment.analytics.messages.MessageBuilder;
import com.segment.analytics.messages.PageMessage;
import com.segment.analytics.messages.ScreenMessage;
import com.segment.analytics.messages.TrackMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Calls analytics-java for each line of standard input. */
public class Driver {
  private static final int DELIVERS_WITHIN_SECONDS = 50;

  public static void main(String[] args) throws Exception {
    Outcome outcome = new Outcome();
    Analytics analytics =
        Analytics.builder(System.getenv("SDK_WRITE_KEY"))
            .endpoint(System.getenv("SDK_HOST"))
            .flushQueueSize(5)
            .flushInterval(1, TimeUnit.SECONDS)
            .retries(20)
            .gsonBuilder(new GsonBuilder().serializeNulls())
            .callback(outcome)
            .build();

    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int made = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      analytics.enqueue(message(new Gson().fromJson(line, JsonObject.class)));
      made++;
    }

    analytics.flush();
    boolean through = outcome.reported.tryAcquire(made, DELIVERS_WITHIN_SECONDS, TimeUnit.SECONDS);
    if (!through) System.err.println("not everything was delivered within " + DELIVERS_WITHIN_SECONDS + " s");
    analytics.shutdown();
    System.exit(through && !outcome.lost.get() ? 0 : 1);
  }

  private static MessageBuilder<?, ?> message(JsonObject call) {
    MessageBuilder<?, ?> builder = builder(call);
    if (call.has("userId")) builder.userId(text(call, "userId"));
    if (call.has("anonymousId")) builder.anonymousId(text(call, "anonymousId"));
    if (call.has("messageId")) builder.messageId(text(call, "messageId"));
    if (call.has("timestamp")) builder.timestamp(Date.from(Instant.parse(text(call, "timestamp"))));
    if (call.has("context")) builder.context(object(call, "context"));
    if (call.has("integrations")) {
      object(call, "integrations").forEach((name, value) -> integration(builder, name, value));
    }
    return builder;
  }

  private static MessageBuilder<?, ?> builder(JsonObject call) {
    switch (text(call, "type")) {
      case "identify":
        return IdentifyMessage.builder().traits(object(call, "traits"));
      case "track":
        TrackMessage.Builder track = TrackMessage.builder(text(call, "event"));
        return call.has("properties") ? track.properties(object(call, "properties")) : track;
      case "page":
        return PageMessage.builder(text(call, "name")).properties(object(call, "properties"));
      case "screen":
        return ScreenMessage.builder(text(call, "name")).properties(object(call, "properties"));
      case "group":
        return GroupMessage.builder(text(call, "groupId")).traits(object(call, "traits"));
      case "alias":
        return AliasMessage.builder(text(call, "previousId"));
      default:
        throw new IllegalArgumentException("unknown call " + call);
    }
  }

  @SuppressWarnings("unchecked")
  private static void integration(MessageBuilder<?, ?> builder, String name, Object value) {
    if (value instanceof Boolean) builder.enableIntegration(name, (Boolean) value);
    else builder.integrationOptions(name, (Map<String, ?>) value);
  }

  private static String text(JsonObject call, String name) {
    return call.get(name).getAsString();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(JsonObject call, String name) {
    return (Map<String, Object>) nativeValue(call.get(name));
  }

  /** The Java value that a caller would use. */
  private static Object nativeValue(JsonElement element) {
    if (element.isJsonNull()) return null;
    if (element.isJsonArray()) return list(element.getAsJsonArray());
    if (element.isJsonObject()) return map(element.getAsJsonObject());
    JsonPrimitive primitive = element.getAsJsonPrimitive();
    if (primitive.isBoolean()) return primitive.getAsBoolean();
    if (primitive.isString()) return primitive.getAsString();
    return number(primitive.getAsString());
  }

  private static Number number(String digits) {
    if (!digits.matches("-?[0-9]+")) return new BigDecimal(digits);
    BigInteger whole = new BigInteger(digits);
    return whole.bitLength() < Long.SIZE ? (Number) whole.longValue() : whole;
  }

  private static List<Object> list(JsonArray elements) {
    List<Object> values = new ArrayList<>();
    elements.forEach(element -> values.add(nativeValue(element)));
    return values;
  }

  private static Map<String, Object> map(JsonObject members) {
    Map<String, Object> values = new LinkedHashMap<>();
    members.entrySet().forEach(member -> values.put(member.getKey(), nativeValue(member.getValue())));
    return values;
  }

  /** What the SDK reports of each message. */
  private static class Outcome implements Callback {
    final Semaphore reported = new Semaphore(0);
    final AtomicBoolean lost = new AtomicBoolean();

    @Override
    public void success(Message message) {
      reported.release();
    }

    @Override
    public void failure(Message message, Throwable reason) {
      System.err.println("lost: " + reason);
      lost.set(true);
      reported.release();
    }
  }
}
