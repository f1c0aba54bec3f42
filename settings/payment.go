package settings

// Payment is where notifications about payments go and where customers come back to, in one environment (map-facts section 3). Any field may be empty. The
// Payment Notification URL holds up to five addresses.
type Payment struct {
	NotificationURL   string `form:"payment_notification_url" validate:"omitempty,server_urls"`
	RecurringURL      string `form:"recurring_notification_url" validate:"omitempty,server_url"`
	AccountLinkingURL string `form:"account_linking_notification_url" validate:"omitempty,server_url"`
	FinishURL         string `form:"finish_redirect_url" validate:"omitempty,server_url"`
	UnfinishURL       string `form:"unfinish_redirect_url" validate:"omitempty,server_url"`
	ErrorURL          string `form:"error_redirect_url" validate:"omitempty,server_url"`
}

// PaymentOf is the form of Payment settings with these fields.
func PaymentOf(values Values) (p Payment) {
	fill(&p, values)
	return p
}

// normalise implements sheet: hosts as they are looked up, several addresses on lines of their own.
func (p *Payment) normalise() {
	p.NotificationURL = StoredURLs(p.NotificationURL)
	for _, field := range []*string{&p.RecurringURL, &p.AccountLinkingURL, &p.FinishURL, &p.UnfinishURL, &p.ErrorURL} {
		*field = lookedUp(*field)
	}
}
