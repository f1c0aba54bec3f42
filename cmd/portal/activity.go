package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"merchant-portal/auth"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
)

// verifyOperation goes through the activity log of every merchant, or of the one named, and says whether it is complete (C117).
var verifyOperation = operation{
	example: "activity verify G123456789", takes: "activity verify takes one merchant, or none for all of them", least: 0, most: 1,
	run: func(ctx context.Context, _ *Config, st *store.Store, args []string, stdout io.Writer) error {
		return verifyLogs(ctx, st.Chains(), args, stdout)
	},
}

func verifyLogs(ctx context.Context, logs store.Chains, named []string, stdout io.Writer) error {
	merchants, wrong := 0, 0
	tell := func(v store.Verdict) error {
		merchants++
		if len(v.Findings) > 0 {
			wrong++
		}
		return printVerdict(stdout, v)
	}
	var err error
	if len(named) == 0 {
		err = logs.Each(ctx, tell)
	} else {
		var v store.Verdict
		if v, err = logs.Verify(ctx, ids.MerchantID(named[0])); errors.Is(err, auth.ErrNotFound) {
			return fmt.Errorf("there is no merchant %q", named[0])
		}
		if err == nil {
			err = tell(v)
		}
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("the activity log is not as it was written: %d of %d merchants; see docs/operations.md", wrong, merchants)
	}
	return err
}

func printVerdict(w io.Writer, v store.Verdict) error {
	if len(v.Findings) == 0 {
		_, err := fmt.Fprintf(w, "%s: %s, complete\n", v.Merchant, entries(v.Entries))
		return err
	}
	for _, f := range v.Findings {
		if _, err := fmt.Fprintf(w, "%s: %s: %s\n", v.Merchant, f.Kind, findingText(f)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: the first %s are as they were written\n", v.Merchant, entries(v.Entries))
	return err
}

func findingText(f store.Finding) string {
	which := fmt.Sprintf("entry %s (%s, %s)", thousands(f.Seq), f.Entry, f.At.UTC().Format(time.RFC3339))
	span := "entry " + thousands(f.Seq) + " is"
	if f.Last > f.Seq {
		span = "entries " + thousands(f.Seq) + " to " + thousands(f.Last) + " are"
	}
	switch f.Kind {
	case store.Changed:
		return which + " does not say what was written"
	case store.Moved:
		return which + " does not follow the one before it: entries were put in another order, or some before it removed"
	case store.Added:
		if f.Entry == "" {
			return span + " behind the end of the log"
		}
		return which + " was not written by the portal"
	case store.OtherKey:
		return which + " was written with a key that is not in the database any more: the keyset \"activity\" was lost or replaced, or the entry was"
	case store.Removed:
		return span + " missing"
	case store.CutOff:
		return span + " missing at the end"
	case store.Outside:
		return fmt.Sprintf("%s without a place in the log, the first of %s: written by an earlier version beside this one, or by somebody else",
			entries(f.Last), f.At.UTC().Format(time.RFC3339))
	case store.HeadGone:
		return "nothing says any more where the log ends: newer entries may be missing"
	case store.HeadFake:
		return "what says where the log ends was not written by the portal: newer entries may be missing"
	case store.BegunNew:
		return "the registration, which is in every log, is missing: the log was removed and begun anew"
	}
	return "unknown"
}

func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return thousands(n) + " entries"
}

// thousands writes a number as 1,234,567.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
