// Calls analytics-go for each line of standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/analytics-go/v3"
)

const deliversWithin = 50 * time.Second

// call is a line of input: the fields of all six calls.
type call struct {
	Type, MessageID, UserID, AnonymousID string
	Event, Name, GroupID, PreviousID     string
	Properties, Traits, Integrations     map[string]any
	Context                              map[string]any
	Timestamp                            time.Time
}

func main() {
	outcome := &outcome{changed: sync.NewCond(&sync.Mutex{})}
	client, err := analytics.NewWithConfig(os.Getenv("SDK_WRITE_KEY"), analytics.Config{
		Endpoint:  os.Getenv("SDK_HOST"),
		Interval:  100 * time.Millisecond,
		BatchSize: 5,
		Callback:  outcome,
	})
	exitOn(err)

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	made := 0
	for lines.Scan() {
		exitOn(client.Enqueue(message(read(lines.Text()))))
		made++
	}
	exitOn(lines.Err())

	// Close gives up what is being sent again, so everything has to be through before it.
	outcome.wait(made)
	exitOn(client.Close())
}

func message(c call) analytics.Message {
	context, integrations := contextOf(c.Context), analytics.Integrations(c.Integrations)
	switch c.Type {
	case "identify":
		return analytics.Identify{MessageId: c.MessageID, UserId: c.UserID, AnonymousId: c.AnonymousID, Traits: c.Traits, Context: context, Integrations: integrations, Timestamp: c.Timestamp}
	case "track":
		return analytics.Track{MessageId: c.MessageID, UserId: c.UserID, AnonymousId: c.AnonymousID, Event: c.Event, Properties: c.Properties, Context: context, Integrations: integrations, Timestamp: c.Timestamp}
	case "page":
		return analytics.Page{MessageId: c.MessageID, UserId: c.UserID, AnonymousId: c.AnonymousID, Name: c.Name, Properties: c.Properties, Context: context, Integrations: integrations, Timestamp: c.Timestamp}
	case "screen":
		return analytics.Screen{MessageId: c.MessageID, UserId: c.UserID, AnonymousId: c.AnonymousID, Name: c.Name, Properties: c.Properties, Context: context, Integrations: integrations, Timestamp: c.Timestamp}
	case "group":
		return analytics.Group{MessageId: c.MessageID, UserId: c.UserID, AnonymousId: c.AnonymousID, GroupId: c.GroupID, Traits: c.Traits, Context: context, Integrations: integrations, Timestamp: c.Timestamp}
	case "alias":
		return analytics.Alias{MessageId: c.MessageID, UserId: c.UserID, PreviousId: c.PreviousID, Context: context, Integrations: integrations, Timestamp: c.Timestamp}
	}
	panic("unknown call " + c.Type)
}

// contextOf puts what the SDK has a field for into that field and the rest beside it.
func contextOf(values map[string]any) *analytics.Context {
	context := &analytics.Context{Extra: map[string]any{}}
	for name, value := range values {
		switch name {
		case "ip":
			context.IP = net.ParseIP(value.(string))
		case "locale":
			context.Locale = value.(string)
		default:
			context.Extra[name] = value
		}
	}
	return context
}

func read(line string) call {
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	var c call
	exitOn(decoder.Decode(&c))
	for _, values := range []map[string]any{c.Properties, c.Traits, c.Integrations, c.Context} {
		for name, value := range values {
			values[name] = native(value)
		}
	}
	return c
}

// native turns a number's digits into the Go type that a caller would use for it.
func native(value any) any {
	switch value := value.(type) {
	case json.Number:
		text := value.String()
		if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
			return whole
		}
		if whole, err := strconv.ParseUint(text, 10, 64); err == nil {
			return whole
		}
		if whole, ok := new(big.Int).SetString(text, 10); ok {
			return whole
		}
		float, err := value.Float64()
		exitOn(err)
		return float
	case []any:
		for i := range value {
			value[i] = native(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = native(value[name])
		}
	}
	return value
}

// outcome counts what the SDK reports of each message.
type outcome struct {
	changed           *sync.Cond
	delivered, failed int
}

func (o *outcome) Success(analytics.Message) {
	o.changed.L.Lock()
	defer o.changed.L.Unlock()
	o.delivered++
	o.changed.Broadcast()
}

func (o *outcome) Failure(_ analytics.Message, err error) {
	o.changed.L.Lock()
	defer o.changed.L.Unlock()
	fmt.Fprintln(os.Stderr, "lost:", err)
	o.failed++
	o.changed.Broadcast()
}

// wait returns when the SDK has delivered count messages, and ends the program when it has lost one.
func (o *outcome) wait(count int) {
	time.AfterFunc(deliversWithin, func() { exitOn(fmt.Errorf("not everything was delivered within %s", deliversWithin)) })
	o.changed.L.Lock()
	defer o.changed.L.Unlock()
	for o.delivered+o.failed < count {
		o.changed.Wait()
	}
	if o.failed > 0 {
		os.Exit(1)
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
