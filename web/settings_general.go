package web

import (
	"fmt"
	"sync"

	"github.com/a-h/templ"

	"merchant-portal/settings"
	"merchant-portal/web/templates"
)

// generalForm shows the General Settings of an environment.
func generalForm(_ *Server, _ *request, frame templates.Page, sheet templates.Sheet, values settings.Values, said map[string]string) (templ.Component, error) {
	field := func(name string) templates.Field { return templates.Field{Value: values[name], Error: said[name]} }
	filled, total := settings.GeneralOf(values).Completeness()
	view := templates.GeneralView{
		Sheet:                sheet,
		MerchantName:         field("merchant_name"),
		OfficialMerchantName: field("official_merchant_name"),
		DirectorName:         field("director_name"),
		DirectorPhone:        field("director_phone"),
		NPWP:                 field("npwp"),
		NPWPName:             field("npwp_name"),
		MerchantURL:          field("merchant_url"),
		MerchantEmail:        field("merchant_email"),
		Timezone:             field("timezone"),
		BusinessAddress:      field("business_address"),
		BranchAddress:        field("branch_address"),
		CustomField1:         field("custom_field1"),
		CustomField2:         field("custom_field2"),
		CustomField3:         field("custom_field3"),
		Complete:             filled, Total: total, Zones: zoneOptions(),
	}
	return templates.General(frame, view), nil
}

// zoneOptions are the choices for Timezone: the same in every language.
var zoneOptions = sync.OnceValue(func() (options []templates.Option) {
	for _, z := range settings.Zones() {
		options = append(options, templates.Option{Value: z.Name, Label: fmt.Sprintf("%s (UTC+%d)", z.Short, z.Hours)})
	}
	return options
})
