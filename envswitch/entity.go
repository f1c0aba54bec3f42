package envswitch

import (
	"slices"

	"merchant-portal/internal/fault"
)

// Entity is what a merchant is in law, as stored. "": not chosen yet.
type Entity string

// The entities (map-facts section 2, Activating Production).
const (
	Individual        Entity = "individual"
	Company           Entity = "company" // PT, CV, PMA
	Foundation        Entity = "foundation"
	ForeignIndividual Entity = "foreign_individual"
	ForeignEntity     Entity = "foreign_entity"
)

// Entities lists them in the order in which people see them.
func Entities() []Entity {
	return []Entity{Individual, Company, Foundation, ForeignIndividual, ForeignEntity}
}

// DocumentKind is what a document is, as stored. Of each kind a merchant has one at most.
type DocumentKind string

// The kinds of documents.
const (
	IdentityCard        DocumentKind = "identity_card" // KTP
	TaxNumber           DocumentKind = "tax_number"    // NPWP
	Deed                DocumentKind = "deed"
	MinistryDecree      DocumentKind = "ministry_decree"
	DirectorIdentity    DocumentKind = "director_identity" // KTP or passport
	DirectorTaxNumber   DocumentKind = "director_tax_number"
	CompanyTaxNumber    DocumentKind = "company_tax_number"
	BusinessLicence     DocumentKind = "business_licence" // NIB, SIUP or TDP
	ChairmanIdentity    DocumentKind = "chairman_identity"
	ChairmanTaxNumber   DocumentKind = "chairman_tax_number"
	FoundationTaxNumber DocumentKind = "foundation_tax_number"
	Passport            DocumentKind = "passport"
	StayPermit          DocumentKind = "stay_permit"
	ForeignTaxNumber    DocumentKind = "foreign_tax_number"
	ForeignRegistration DocumentKind = "foreign_registration"
	ForeignDeed         DocumentKind = "foreign_deed"
	ForeignLicence      DocumentKind = "foreign_licence"
)

// documentsOf are the documents that each entity hands in (map-facts section 2, Activating Production).
var documentsOf = map[Entity][]DocumentKind{
	Individual:        {IdentityCard, TaxNumber},
	Company:           {Deed, MinistryDecree, DirectorIdentity, DirectorTaxNumber, CompanyTaxNumber, BusinessLicence},
	Foundation:        {Deed, MinistryDecree, ChairmanIdentity, ChairmanTaxNumber, FoundationTaxNumber, BusinessLicence},
	ForeignIndividual: {Passport, StayPermit},
	ForeignEntity:     {Passport, ForeignTaxNumber, ForeignRegistration, ForeignDeed, ForeignLicence},
}

// Documents lists what the entity hands in, in the order in which people see it; none for what is no entity.
func (e Entity) Documents() []DocumentKind { return slices.Clone(documentsOf[e]) }

// asksFor reports whether the entity hands in a document of a kind.
func (e Entity) asksFor(k DocumentKind) bool { return slices.Contains(documentsOf[e], k) }

// knownEntity is the rule of a field with an entity.
func knownEntity(value string) *fault.Message {
	if slices.Contains(Entities(), Entity(value)) {
		return nil
	}
	return &fault.Message{ID: "activation.entity_unknown"}
}
