package settings

import (
	"strings"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
	"merchant-portal/internal/zone"
)

// General is the General Settings of a merchant in one environment (map-facts section 3). Any field may be empty. Lengths are in
// characters (code points).
type General struct {
	MerchantName         string `form:"merchant_name" validate:"omitempty,merchant_name,max=100"`
	OfficialMerchantName string `form:"official_merchant_name" validate:"omitempty,line,max=150"`
	MerchantURL          string `form:"merchant_url" validate:"omitempty,merchant_url"`
	MerchantEmail        string `form:"merchant_email" validate:"omitempty,address"`
	DirectorName         string `form:"director_name" validate:"omitempty,line,max=100"`
	DirectorPhone        string `form:"director_phone" validate:"omitempty,phone"`
	NPWP                 string `form:"npwp" validate:"omitempty,npwp"`
	NPWPName             string `form:"npwp_name" validate:"omitempty,line,max=150"`
	Timezone             string `form:"timezone" validate:"omitempty,timezone_id"`
	BusinessAddress      string `form:"business_address" validate:"omitempty,text,max=500"`
	BranchAddress        string `form:"branch_address" validate:"omitempty,text,max=500"`
	CustomField1         string `form:"custom_field1" validate:"omitempty,line,max=255"`
	CustomField2         string `form:"custom_field2" validate:"omitempty,line,max=255"`
	CustomField3         string `form:"custom_field3" validate:"omitempty,line,max=255"`
}

// Zones are the choices for Timezone.
func Zones() []zone.Zone { return zone.All() }

// rules are the rules of this room's fields, by the name used in validate tags.
var rules = form.Rules{
	"merchant_name": MerchantName, "merchant_url": MerchantURL, "npwp": NPWP, "timezone_id": timezone,
	"server_url": URL, "server_urls": URLs, "snap_prefix": SnapPrefix,
}

// Completeness reports how many of the fields that "complete" means are filled in, and how many there are (rules.md).
func (g General) Completeness() (filled, total int) {
	needed := []string{
		g.MerchantName, g.MerchantURL, g.MerchantEmail, g.DirectorName, g.DirectorPhone,
		g.NPWP, g.NPWPName, g.Timezone, g.BusinessAddress,
	}
	for _, value := range needed {
		if value != "" {
			filled++
		}
	}
	return filled, len(needed)
}

// normalise implements sheet: +62…, digits of the NPWP.
func (g *General) normalise() {
	g.DirectorPhone = form.NormalPhone(g.DirectorPhone)
	g.NPWP = npwpSeparators.Replace(g.NPWP)
}

var npwpSeparators = strings.NewReplacer(".", "", "-", "", " ", "")

// NPWP accepts an Indonesian tax number: 15 or 16 digits, with or without the usual dots and dash.
func NPWP(value string) *fault.Message {
	digits := npwpSeparators.Replace(value)
	for _, r := range digits {
		if r < '0' || r > '9' {
			return &fault.Message{ID: "settings.npwp_character", Args: map[string]any{"Character": form.Show(r)}}
		}
	}
	if len(digits) != 15 && len(digits) != 16 {
		return &fault.Message{ID: "settings.npwp_length", Args: map[string]any{"Length": len(digits)}}
	}
	return nil
}

func timezone(value string) *fault.Message {
	for _, z := range Zones() {
		if z.Name == value {
			return nil
		}
	}
	return &fault.Message{ID: "settings.timezone_unknown"}
}
