package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"merchant-portal/auth"
	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/i18n"
	"merchant-portal/internal/ids"
	"merchant-portal/store"
)

// desk is where the operator decides about registrations for Production.
type desk struct {
	*envswitch.Activations
	people *auth.Service
	config *Config
	out    io.Writer
}

func newDesk(c *Config, st *store.Store, out io.Writer) *desk {
	rooms := newOnboarding(st)
	people := newPeople(c, st, rooms)
	return &desk{newActivations(st, people, rooms, newSettings(st, people, rooms)), people, c, out}
}

// The commands of the review. All of them may run beside the portal.
var (
	listActivations = operation{
		example: "activation list", takes: "activation list takes no argument",
		run: func(ctx context.Context, c *Config, st *store.Store, _ []string, stdout io.Writer) error {
			return newDesk(c, st, stdout).list(ctx)
		},
	}
	showActivation = operation{
		example: "activation show MERCHANT [--to FOLDER]", takes: "activation show takes one Merchant ID", least: 1, most: 1,
		own: []ownFlag{{"to", "for activation show: the folder that the documents are written to"}},
		run: func(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error {
			return newDesk(c, st, stdout).show(ctx, merchantOf(args))
		},
	}
	approveActivation = operation{
		example: "activation approve MERCHANT [SUBMISSION]", takes: "activation approve takes a Merchant ID, and the number of the submission if you like",
		least: 1, most: 2,
		run: func(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error {
			return newDesk(c, st, stdout).approve(ctx, args)
		},
	}
	rejectActivation = operation{
		example: `activation reject MERCHANT [SUBMISSION] --reason "…"`, takes: "activation reject takes a Merchant ID, and the number of the submission if you like",
		least: 1, most: 2, own: []ownFlag{{"reason", "for activation reject: what the merchant has to change, in words for them"}},
		run: func(ctx context.Context, c *Config, st *store.Store, args []string, stdout io.Writer) error {
			return newDesk(c, st, stdout).reject(ctx, args)
		},
	}
)

func merchantOf(args []string) ids.MerchantID { return ids.MerchantID(strings.TrimSpace(args[0])) }

// numbered is the number of a submission in words.
func numbered(submission int) string {
	if submission == 0 {
		return "not submitted yet"
	}
	return fmt.Sprintf("submission %d", submission)
}

// submissionOf is the second argument, 0 where there is none.
func submissionOf(args []string) (int, error) {
	if len(args) < 2 {
		return 0, nil
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 {
		return 0, fmt.Errorf("the number of a submission is 1 or more, not %q; nothing was changed", args[1])
	}
	return n, nil
}

// stages are the words for how far a registration is.
var stages = map[envswitch.Progress]string{
	envswitch.Draft: "begun", envswitch.InReview: "in review", envswitch.Rejected: "rejected", envswitch.Approved: "approved",
}

func (d *desk) list(ctx context.Context) error {
	all, err := d.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err = fmt.Fprintln(d.out, "nobody has begun a registration yet")
		return err
	}
	for _, l := range all {
		if _, err := fmt.Fprintf(d.out, "%s  %-9s  %s  since %s  %s\n",
			l.Merchant, stages[l.Progress], numbered(l.Submission), l.Since().UTC().Format(time.RFC3339), inOneLine(l.Name)); err != nil {
			return err
		}
	}
	return nil
}

// find reads one registration with the merchant's name.
func (d *desk) find(ctx context.Context, m ids.MerchantID) (envswitch.Listed, error) {
	all, err := d.List(ctx)
	if err != nil {
		return envswitch.Listed{}, err
	}
	i := slices.IndexFunc(all, func(l envswitch.Listed) bool { return l.Merchant == m })
	if i < 0 {
		return envswitch.Listed{}, fmt.Errorf("there is no registration of a merchant with the ID %q", m)
	}
	return all[i], nil
}

func (d *desk) approve(ctx context.Context, args []string) error {
	m := merchantOf(args)
	submission, err := submissionOf(args)
	if err != nil {
		return err
	}
	a, err := d.Approve(ctx, m, submission)
	if err != nil {
		return d.explain(ctx, m, err)
	}
	_, err = fmt.Fprintf(d.out, "approved submission %d of %s: Production is active, its keys are made, and the Administrators get a mail\n", a.Submission, m)
	return err
}

func (d *desk) reject(ctx context.Context, args []string) error {
	m := merchantOf(args)
	submission, err := submissionOf(args)
	if err != nil {
		return err
	}
	a, err := d.Reject(ctx, m, submission, d.config.own["reason"])
	if err != nil {
		return d.explain(ctx, m, err)
	}
	_, err = fmt.Fprintf(d.out, "rejected submission %d of %s: the Administrators get a mail with the reason, change what it names, and submit again\n", a.Submission, m)
	return err
}

// explain says in the operator's words why nothing was decided.
func (d *desk) explain(ctx context.Context, m ids.MerchantID, err error) error {
	if fault.KindOf(err) == fault.Invalid {
		if said, known := fault.FieldsOf(err)["reason"]; known {
			return reasonNeeded(said)
		}
	}
	if errors.Is(err, envswitch.ErrNotFound) {
		return fmt.Errorf("there is no registration of a merchant with the ID %q; nothing was changed", m)
	}
	if fault.KindOf(err) != fault.Conflict {
		return err
	}
	now, findErr := d.find(ctx, m)
	if findErr != nil {
		return errors.Join(err, findErr)
	}
	if errors.Is(err, envswitch.ErrActive) {
		return fmt.Errorf("the Production of %s is active already; nothing was changed", m)
	}
	return fmt.Errorf("the registration of %s is %s, %s; nothing was changed", m, stages[now.Progress], numbered(now.Submission))
}

// reasonNeeded says what is wrong with a reason.
func reasonNeeded(said fault.Message) error {
	catalog, err := i18n.Load()
	if err != nil {
		return err
	}
	return fmt.Errorf(`--reason "…", which the merchant reads, was not taken: %s Nothing was changed`, catalog.Printer(i18n.English).Format(said.ID, said.Args))
}
