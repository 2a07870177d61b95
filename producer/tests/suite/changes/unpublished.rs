//! Edits that change the entity and publish nothing.

use tiltak_producer::commands::{
    EditGjennomforingVeilederinfo, RemoveKontaktperson, SetPublisert, SetVentetid,
};
use tiltak_producer::domain::kodeverk::Tiltakskode;
use tiltak_producer::domain::{Gjennomforing, GjennomforingVeilederinfo, Ventetid, VentetidEnhet, Version};

use super::setup::{Setup, seconds_later};

#[tokio::test]
async fn the_published_flag_the_waiting_time_and_a_contact_person_change_and_publish_nothing() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let info = GjennomforingVeilederinfo {
        beskrivelse: None,
        kontaktpersoner: ["Z111111", "Z222222"].map(str::to_owned).into(),
    };
    let service = &setup.service;
    service
        .execute(EditGjennomforingVeilederinfo { id: it.id, veilederinfo: info }, seconds_later(1))
        .await
        .unwrap();
    setup.take_outbox().await;
    let before = setup.get(it.id).await;
    let ventetid = Ventetid { antall: 3, enhet: VentetidEnhet::Uke };

    service.execute(SetPublisert { id: it.id, publisert: true }, seconds_later(2)).await.unwrap();
    service.execute(SetVentetid { id: it.id, ventetid: Some(ventetid) }, seconds_later(3)).await.unwrap();
    let version = service
        .execute(RemoveKontaktperson { id: it.id, kontaktperson: "Z111111".to_owned() }, seconds_later(4))
        .await
        .unwrap();

    setup.assert_nothing_published().await;
    assert_eq!(version, Version::new(5));
    let mut expected = Gjennomforing { publisert: true, ventetid: Some(ventetid), version, ..before };
    expected.veilederinfo.kontaktpersoner.shift_remove("Z111111");
    // `oppdatert` too is as before: it is on the topics.
    assert_eq!(setup.get(it.id).await, expected);
}
